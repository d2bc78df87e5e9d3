{{- define "embeddings.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/*
At most 47 characters, so that "-worker-metrics" still fits into 63. Releases may have dots and begin with a digit, which
names of Services may not.
*/}}
{{- define "embeddings.fullname" -}}
{{- $name := include "embeddings.name" . }}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) }}
{{- $full = default $full .Values.fullnameOverride | replace "." "-" | trunc 47 }}
{{- if regexMatch "^[0-9]" $full }}
{{- fail (printf "the release %s begins with a digit, as no name of a Service may; give fullnameOverride, such as embeddings-%s" .Release.Name ($full | trunc 20 | trimSuffix "-")) }}
{{- end }}
{{- regexReplaceAll "-+$" $full "" }}
{{- end }}

{{/* Takes a dict of root and component. */}}
{{- define "embeddings.selector" -}}
app.kubernetes.io/name: {{ include "embeddings.name" .root | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "embeddings.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{ include "embeddings.selector" . }}
{{- end }}

{{/* Of pods: with the labels of the user, which must not replace those that selectors look for. */}}
{{- define "embeddings.podLabels" -}}
{{- $own := include "embeddings.labels" . | fromYaml }}
{{- toYaml (mergeOverwrite (deepCopy (default dict .root.Values.podLabels)) $own) }}
{{- end }}

{{- define "embeddings.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "embeddings.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "embeddings.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* A setting as text; an empty "settings:" of a values file is none at all. Takes a list of root and name. */}}
{{- define "embeddings.setting" -}}
{{- get (default dict (index . 0).Values.settings) (index . 1) }}
{{- end }}

{{/* Whether anything is fetched from outside the cluster: "true" or nothing. */}}
{{- define "embeddings.remote" -}}
{{- if or (has .Values.models.source (list "remote" "init")) (regexMatch "^s3(vectors)?://" (include "embeddings.setting" (list . "COLLECTIONS"))) (eq (include "embeddings.generatePort" .) "443") }}true{{ end }}
{{- end }}

{{/* The port of an address: its own, or that of its scheme. */}}
{{- define "embeddings.port" -}}
{{- regexFind ":[0-9]+$" (urlParse .).host | trimPrefix ":" | default (ternary "80" "443" (hasPrefix "http://" .)) }}
{{- end }}

{{/* The port of the server that runs language models, where there is one. */}}
{{- define "embeddings.generatePort" -}}
{{- with .Values.generate.remote.endpoint }}{{ include "embeddings.port" . }}{{ end }}
{{- end }}

{{/* Ports of all that pods ask for, but 443, with commas. Takes a list of root and component. */}}
{{- define "embeddings.egressPorts" -}}
{{- $values := (index . 0).Values }}
{{- $ports := list (include "embeddings.databasePort" (index . 0)) (include "embeddings.generatePort" (index . 0)) }}
{{- $addresses := list }}
{{- if has $values.models.source (list "remote" "init") }}
{{- $addresses = append (default list $values.models.remote) (default "" $values.models.hubEndpoint) }}
{{- end }}
{{- if eq (index . 1) "queue-worker" }}{{ $addresses = append $addresses $values.queueWorker.queueUrl }}{{ end }}
{{- range $addresses }}
{{- if regexMatch "^https?://" . }}{{ $ports = append $ports (include "embeddings.port" .) }}{{ end }}
{{- end }}
{{- without $ports "" "443" | uniq | join "," }}
{{- end }}

{{/* The address of that server; ends with a sentence where texts would go there unencrypted and nobody said so. */}}
{{- define "embeddings.generateEndpoint" -}}
{{- $endpoint := .Values.generate.remote.endpoint }}
{{- $plain := printf "http://%s" (urlParse $endpoint).host }}
{{- $allowed := splitList "," (nospace (include "embeddings.setting" (list . "GENERATE_ENDPOINT_ALLOW"))) }}
{{- if and (hasPrefix "http://" $endpoint) (not (has $plain $allowed)) }}
{{- fail (printf "generate.remote.endpoint is %s, which sends texts unencrypted; give https://, or allow it by settings.GENERATE_ENDPOINT_ALLOW=%s" $endpoint $plain) }}
{{- end }}
{{- $endpoint }}
{{- end }}

{{/*
The report that proves what a judge of requests that name none gains; ends with a sentence where none does. What the server
asks beyond that, it warns of when it starts.
*/}}
{{- define "embeddings.judgeReport" -}}
{{- $judge := .Values.generate.judge }}
{{- $remedy := printf "measure it on your own pairs by \"npm run evaluate -- --judge %s --pairs <file>\", give what that writes by --set-file generate.judgeReport=<file>, or leave generate.judge out" $judge }}
{{- if not .Values.generate.judgeReport }}
{{- fail (printf "generate.judge is %s, and generate.judgeReport proves no gain; %s" $judge $remedy) }}
{{- end }}
{{- $report := fromJson .Values.generate.judgeReport }}
{{- if or (ne (toString $report.format) "1") (not $report.measures) }}
{{- fail (printf "generate.judgeReport is no report of a judge; %s" $remedy) }}
{{- end }}
{{- if not (has (lower $judge) (splitList "\n" (lower (join "\n" $report.judge.names)))) }}
{{- fail (printf "generate.judge is %s, and generate.judgeReport that of %s; %s" $judge (first $report.judge.names) $remedy) }}
{{- end }}
{{- range $name, $usual := dict "top" 10 "tokens" 300 "weight" 0.25 }}
{{- $set := include "embeddings.setting" (list $ (printf "JUDGE_%s" (upper $name))) | default (toString $usual) }}
{{- if ne (float64 $set) (float64 (get $report.measured $name)) }}
{{- fail (printf "generate.judgeReport was measured with %s=%v, not %v; %s" $name (get $report.measured $name) $set $remedy) }}
{{- end }}
{{- end }}
{{- range $report.measures }}
{{- if not (gt (float64 .low) 0.0) }}
{{- fail (printf "generate.judge is %s, whose gain in %s is %.3f to %.3f, which includes 0 or lies below it; %s" $judge .name (float64 .low) (float64 .high) $remedy) }}
{{- end }}
{{- end }}
{{- range $report.fairness }}
{{- if .isDrop }}
{{- fail (printf "generate.judge is %s, which makes it worse for a group by %s; %s" $judge .kind $remedy) }}
{{- end }}
{{- end }}
{{- toJson $report }}
{{- end }}

{{/* The port of the database of collections, where there is one: a number or nothing. */}}
{{- define "embeddings.databasePort" -}}
{{- $place := include "embeddings.setting" (list . "COLLECTIONS") }}
{{- if hasKey (default dict .Values.secretSettings) "COLLECTIONS" }}
{{- int .Values.networkPolicy.databasePort }}
{{- else if regexMatch "^postgres(ql)?://" $place }}
{{- $port := regexFind ":[0-9]+$" (index (splitList "/" $place) 2) | trimPrefix ":" }}
{{- $port | default (int .Values.networkPolicy.databasePort | toString) }}
{{- end }}
{{- end }}

{{/* Where models are looked for: the image's own folder first, so that the bundled model is always there. */}}
{{- define "embeddings.modelSources" -}}
{{- $own := "/app/layers/models" }}
{{- if eq .Values.models.source "volume" }}
{{- printf "%s,/models" $own }}
{{- else if has .Values.models.source (list "remote" "init") }}
{{- prepend .Values.models.remote $own | join "," }}
{{- end }}
{{- end }}

{{- define "embeddings.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "embeddings.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end }}
