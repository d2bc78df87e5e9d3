{{/* Values of which one would be of no use beside the other, each with what to do; takes the root. */}}
{{- define "embeddings.checks" -}}
{{- $models := .Values.models }}
{{- $keda := .Values.queueWorker.keda }}
{{- $requests := default dict (default dict .Values.resources).requests }}
{{- $limits := default dict (default dict .Values.resources).limits }}
{{- if not (or $requests.cpu $limits.cpu) }}
{{- fail "resources.requests.cpu is not given, of which threads and autoscaling count in shares; give it" }}
{{- end }}
{{- if has (toString $requests.cpu) (list "0" "0m") }}
{{- fail "resources.requests.cpu is 0, of which threads and autoscaling count in shares; give a part of a processor, such as 500m" }}
{{- end }}
{{- if and (ne (default "token" .Values.auth.tokenKey) "token") (not .Values.auth.existingSecret) }}
{{- fail "auth.tokenKey is given and auth.existingSecret is not, so that everyone would be served; give the Secret that has this key" }}
{{- end }}
{{- if and .Values.auth.tokensKey (not .Values.auth.existingSecret) }}
{{- fail "auth.tokensKey is given and auth.existingSecret is not, so that everyone would be served; give the Secret that has this key" }}
{{- end }}
{{- if and .Values.auth.existingSecret (not (or .Values.auth.tokenKey .Values.auth.tokensKey)) }}
{{- fail "auth.existingSecret is given without a key of it, so that everyone would be served; give auth.tokenKey or auth.tokensKey" }}
{{- end }}
{{- if and $models.remote (not (has $models.source (list "remote" "init"))) }}
{{- fail (printf "models.remote is given, and models.source is %s, which asks nobody; set it to remote or init" $models.source) }}
{{- end }}
{{- if and (not $models.remote) (has $models.source (list "remote" "init")) }}
{{- fail (printf "models.source is %s; give models.remote" $models.source) }}
{{- end }}
{{- if and $models.volume.claimName (ne $models.source "volume") }}
{{- fail (printf "models.volume.claimName is given, and models.source is %s; set it to volume" $models.source) }}
{{- end }}
{{- if and .Values.metrics.serviceMonitor.enabled (not .Values.metrics.enabled) }}
{{- fail "metrics.serviceMonitor.enabled is true, and metrics.enabled is not; turn metrics on" }}
{{- end }}
{{- if and .Values.autoscaling.enabled .Values.autoscaling.queueTime.enabled (not .Values.metrics.enabled) }}
{{- fail "autoscaling.queueTime.enabled is true, and metrics.enabled is not, so that nobody tells the wait; turn metrics on" }}
{{- end }}
{{- if gt (int $keda.minReplicas) (int $keda.maxReplicas) }}
{{- fail (printf "queueWorker.keda.minReplicas is %d; expected at most maxReplicas, %d" (int $keda.minReplicas) (int $keda.maxReplicas)) }}
{{- end }}
{{- end }}
