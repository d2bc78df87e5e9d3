{{/* What server, queue worker and init container ask of the environment. Takes a dict of root and grace. */}}
{{- define "embeddings.environment" -}}
{{- $values := .root.Values }}
{{- $models := $values.models }}
- name: THREADS
{{- if $values.threads }}
  value: {{ $values.threads | int | quote }}
{{- else }}
  valueFrom:
    resourceFieldRef:
      resource: requests.cpu
      divisor: "1"
{{- end }}
- name: GRACE_SECONDS
  value: {{ .grace | int | quote }}
{{- with $models.default }}
- name: DEFAULT_MODEL
  value: {{ . | quote }}
{{- end }}
{{- with $models.preload }}
- name: PRELOAD_MODELS
  value: {{ join "," . | quote }}
{{- end }}
{{- if $models.aliases }}
- name: MODEL_ALIASES
  value: {{ include "embeddings.pairs" $models.aliases | quote }}
{{- end }}
{{- with include "embeddings.modelSources" .root }}
- name: MODEL_SOURCES
  value: {{ . | quote }}
{{- end }}
- name: MODEL_CACHE
  value: /var/cache/models
- name: MODEL_CACHE_BYTES
  value: {{ mul $models.cacheMebibytes 1048576 | int64 | quote }}
{{- with $models.hubEndpoint }}
- name: HF_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- with $models.hubTokenSecret }}
- name: HF_TOKEN
  valueFrom:
    secretKeyRef:
      name: {{ . | quote }}
      key: {{ $models.hubTokenKey | quote }}
{{- end }}
{{- if $values.generate.enabled }}
{{- with $values.generate.judge }}
- name: JUDGE_MODEL
  value: {{ . | quote }}
- name: JUDGE_REPORT
  value: {{ include "embeddings.judgeReport" $.root | trim | quote }}
{{- end }}
{{- if $values.generate.remote.endpoint }}
- name: GENERATE_ENDPOINT
  value: {{ include "embeddings.generateEndpoint" $.root | trim | quote }}
{{- end }}
{{- with $values.generate.remote.models }}
- name: GENERATE_MODELS
  value: {{ join "," . | quote }}
{{- end }}
{{- with $values.generate.remote.keySecret }}
- name: GENERATE_ENDPOINT_KEY
  valueFrom:
    secretKeyRef:
      name: {{ . | quote }}
      key: {{ $values.generate.remote.keyKey | quote }}
{{- end }}
{{- end }}
{{- with $values.aws.region }}
- name: AWS_REGION
  value: {{ . | quote }}
{{- end }}
{{- with $values.aws.existingSecret }}
{{- $secret := . }}
{{- range list "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY" }}
- name: {{ . }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret | quote }}
      key: {{ . }}
{{- end }}
{{- end }}
{{- range $name, $value := $values.settings }}
- name: {{ $name | quote }}
  {{- /* Helm reads numbers of files as floats, which print as 1e+06; one with a fraction stays as it is. */}}
  {{- $whole := and (kindIs "float64" $value) (eq (toString (floor $value)) (toString $value)) }}
  value: {{ ternary (printf "%.0f" (ternary $value 0.0 $whole)) (toString $value) $whole | quote }}
{{- end }}
{{- range $name, $place := $values.secretSettings }}
{{- if hasKey (default dict $values.settings) $name }}
{{- fail (printf "%s is in settings and in secretSettings; give one of them" $name) }}
{{- end }}
- name: {{ $name | quote }}
  valueFrom:
    secretKeyRef:
      name: {{ $place.secret | quote }}
      key: {{ $place.key | quote }}
{{- end }}
{{- end }}

{{- define "embeddings.metricsEnvironment" -}}
{{- if .Values.metrics.enabled }}
- name: METRICS_PORT
  value: {{ .Values.metrics.port | int | quote }}
- name: METRICS_HOST
  value: 0.0.0.0
{{- end }}
{{- end }}

{{- define "embeddings.pairs" -}}
{{- $pairs := list }}
{{- range $alias, $model := . }}{{ $pairs = append $pairs (printf "%s=%s" $alias $model) }}{{ end }}
{{- join "," $pairs }}
{{- end }}

{{- define "embeddings.mounts" -}}
- name: tmp
  mountPath: /tmp
- name: cache
  mountPath: /var/cache/models
{{- if .Values.authorities.configMap }}
- name: authorities
  mountPath: /etc/authorities
  readOnly: true
{{- end }}
{{- if eq .Values.models.source "volume" }}
- name: models
  mountPath: /models
  readOnly: true
  {{- with .Values.models.volume.subPath }}
  subPath: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "embeddings.volumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: 1Gi
# A quarter more than MODEL_CACHE_BYTES: a file that comes in is there beside those that leave.
- name: cache
  emptyDir:
    sizeLimit: {{ printf "%dMi" (add (int64 .Values.models.cacheMebibytes) (div (int64 .Values.models.cacheMebibytes) 4)) }}
{{- with .Values.authorities.configMap }}
- name: authorities
  configMap:
    name: {{ . | quote }}
{{- end }}
{{- if eq .Values.models.source "volume" }}
- name: models
  persistentVolumeClaim:
    claimName: {{ required "models.source is volume; give models.volume.claimName" .Values.models.volume.claimName | quote }}
    readOnly: true
{{- end }}
{{- end }}

{{/* Fetches the models of models.preload, checks them by SHA-256 and loads them, before the pod's program starts. */}}
{{- define "embeddings.init" -}}
{{- if eq .root.Values.models.source "init" }}
initContainers:
  - name: models
    image: {{ include "embeddings.image" .root | quote }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    command: [node, dist/pull.js]
    env:
      {{- include "embeddings.environment" (dict "root" .root "grace" .grace) | trim | nindent 6 }}
    resources:
      {{- toYaml .resources | nindent 6 }}
    securityContext:
      {{- include "embeddings.containerSecurity" .root | nindent 6 }}
    volumeMounts:
      {{- include "embeddings.mounts" .root | nindent 6 }}
{{- end }}
{{- end }}

{{/* What the pods of server and queue worker share. Takes a dict of root and component. */}}
{{- define "embeddings.placing" -}}
{{- $values := .root.Values }}
serviceAccountName: {{ include "embeddings.serviceAccount" .root | quote }}
automountServiceAccountToken: false
# A Service called "metrics" would set METRICS_PORT to tcp://….
enableServiceLinks: false
{{- with $values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
securityContext:
  {{- include "embeddings.podSecurity" .root | nindent 2 }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.topologySpread.keys }}
topologySpreadConstraints:
  {{- range . }}
  - maxSkew: 1
    topologyKey: {{ . | quote }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "embeddings.selector" $ | nindent 8 }}
    # Counts the pods of one rollout alone.
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end }}
{{- end }}
