{{/* The service's name in the mesh. */}}
{{- define "service.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The name of its objects: other services reach it as <release>-<service>. */}}
{{- define "service.fullname" -}}
{{- .Values.fullnameOverride | default (printf "%s-%s" .Release.Name (include "service.name" .)) | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Labels that select its pods; they never change. */}}
{{- define "service.selector" -}}
app.kubernetes.io/name: {{ include "service.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "service.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "service.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{/* The Secret with the access token: the user's, else the chart's own. */}}
{{- define "service.tokenSecret" -}}
{{- .Values.scone.service_access_token_secret | default (printf "%s-access" (include "service.fullname" . | trunc 56 | trimSuffix "-")) -}}
{{- end -}}

{{/* Waits until a port answers. Call with (dict "name" … "image" … "wait" …). */}}
{{- define "service.wait" -}}
- name: {{ .name }}
  image: {{ .image | quote }}
  command: ["sh", "-c", "until nc -z -w 2 \"$HOST\" \"$PORT\"; do echo \"waiting for $HOST:$PORT\"; sleep 2; done"]
  env:
    - name: HOST
      value: {{ .wait.host | quote }}
    - name: PORT
      value: {{ .wait.port | quote }}
{{- end -}}
