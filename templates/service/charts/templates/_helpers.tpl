{{/* A name of at most 63 characters; longer ones end in a digest, so that two that begin alike stay two. */}}
{{- define "service.limited" -}}
{{- if gt (len .) 63 -}}
{{- printf "%s-%s" (trunc 54 . | trimAll "-") (sha256sum . | trunc 8) -}}
{{- else -}}
{{- . -}}
{{- end -}}
{{- end -}}

{{/* The service's name in the mesh. */}}
{{- define "service.name" -}}
{{- include "service.limited" (.Values.nameOverride | default .Chart.Name | toString) -}}
{{- end -}}

{{/* The name of its objects: other services reach it as <release>-<service>. */}}
{{- define "service.fullname" -}}
{{- include "service.limited" (.Values.fullnameOverride | default (printf "%s-%s" .Release.Name (include "service.name" .)) | toString) -}}
{{- end -}}

{{/* Labels that select its pods; they never change. */}}
{{- define "service.selector" -}}
app.kubernetes.io/name: {{ include "service.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "service.labels" -}}
helm.sh/chart: {{ include "service.limited" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_") | quote }}
{{ include "service.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end -}}

{{/* The Secret with the access token: the user's, else the chart's own. */}}
{{- define "service.tokenSecret" -}}
{{- .Values.scone.service_access_token_secret | default (include "service.limited" (printf "%s-access" (include "service.fullname" .))) -}}
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
