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

{{- define "service.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (ternary (include "service.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{/* The name of a port, or nothing; where a program listens is a number. */}}
{{- define "service.port" -}}
{{- with .Values.service.port }}{{ int . }}{{ end -}}
{{- end -}}

{{/* Nothing of a Job can be changed: what runs differently is another Job. */}}
{{- define "service.jobName" -}}
{{- include "service.limited" (printf "%s-%s" (include "service.fullname" .) (include "service.pod" . | sha256sum | trunc 8)) -}}
{{- end -}}

{{/* Pull secrets that have a name, as a list in JSON. */}}
{{- define "service.pullSecrets" -}}
{{- $named := list -}}
{{- range .Values.imagePullSecrets -}}
{{- if .name -}}{{- $named = append $named . -}}{{- end -}}
{{- end -}}
{{- toJson $named -}}
{{- end -}}

{{/* What enclaves need of a node, beside the resources of the user. */}}
{{- define "service.resources" -}}
{{- $resources := deepCopy .Values.resources -}}
{{- if ne .Values.runtime "native" -}}
{{- $memory := .Values.sgxEpcMem | toString | trimSuffix "Mi" -}}
{{- $sgx := dict -}}
{{- if has .Values.useSGXDevPlugin (list "scone" "enabled") -}}
{{- $_ := set $sgx "sgx.k8s.io/sgx" 1 -}}
{{- else if eq .Values.useSGXDevPlugin "intel" -}}
{{- $sgx = dict "sgx.intel.com/enclave" 1 "sgx.intel.com/provision" 1 (.Values.sgxEpcResource | default "sgx.intel.com/epc") (ternary $memory (printf "%sMi" $memory) (hasSuffix "Gi" $memory)) -}}
{{- else if eq .Values.useSGXDevPlugin "azure" -}}
{{- $resource := .Values.sgxEpcResource | default "sgx.intel.com/epc" -}}
{{- $_ := required "useSGXDevPlugin azure needs the memory of the enclave in 'sgxEpcMem', in MiB" .Values.sgxEpcMem -}}
{{- if hasSuffix "MiB" $resource -}}
{{- $_ := set $sgx $resource (int (ternary (mul (int (trimSuffix "Gi" $memory)) 1024) $memory (hasSuffix "Gi" $memory))) -}}
{{- else -}}
{{- $_ := set $sgx $resource (ternary $memory (printf "%sMi" $memory) (hasSuffix "Gi" $memory)) -}}
{{- end -}}
{{- end -}}
{{- $_ := set $resources "limits" (merge (dict) $sgx (get $resources "limits" | default dict)) -}}
{{- end -}}
{{- toYaml $resources -}}
{{- end -}}

{{/* How the container is asked whether it is ready; nothing where it can not be asked. */}}
{{- define "service.probe" -}}
{{- if eq .Values.runtime "native" }}
exec:
  command: ["/opt/sconectl/sconectl", "pod", "ready"{{ with .Values.probes.port }}, "--port", {{ . | quote }}{{ end }}]
{{- else if .Values.probes.port }}
tcpSocket:
  port: {{ int .Values.probes.port }}
{{- end }}
{{- end -}}

{{/* Waits until a port answers. Call with (dict "root" . "name" … "wait" …). */}}
{{- define "service.wait" -}}
- name: {{ .name }}
  {{- if eq .root.Values.runtime "native" }}
  image: {{ .root.Values.image | quote }}
  imagePullPolicy: {{ .root.Values.imagePullPolicy | quote }}
  command: ["/opt/sconectl/sconectl", "pod", "wait", {{ printf "%s:%s" .wait.host (toString .wait.port) | quote }}]
  {{- else }}
  image: {{ .root.Values.initContainers.image | quote }}
  command: ["sh", "-c", "trap 'exit 143' TERM; until nc -z -w 2 \"$HOST\" \"$PORT\"; do echo \"waiting for $HOST:$PORT\"; sleep 2 & wait $!; done"]
  env:
    - name: HOST
      value: {{ .wait.host | quote }}
    - name: PORT
      value: {{ .wait.port | quote }}
  {{- end }}
  {{- with .root.Values.securityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  resources:
    requests: {cpu: 5m, memory: 16Mi, ephemeral-storage: 1Mi}
    limits: {cpu: 100m, memory: 64Mi, ephemeral-storage: 16Mi}
{{- end -}}

{{/* What a person wants to know after an installation; the application's notes take it. */}}
{{- define "service.notes" -}}
{{- $name := include "service.fullname" . -}}
{{- $namespace := .Release.Namespace -}}
{{ include "service.name" . }} starts with the configuration {{ .Values.scone.api_session }}.
{{- if eq .Values.jobs.restartPolicy "Always" }}
  kubectl --namespace {{ $namespace }} logs deployment/{{ $name }} --follow
{{- else }}
  kubectl --namespace {{ $namespace }} logs job/{{ include "service.jobName" . }} --follow
{{- end }}
{{- with include "service.port" . }}
{{- if eq $.Values.service.type "LoadBalancer" }}
  Its address, which may take some minutes to appear, has port {{ . }}:
  kubectl --namespace {{ $namespace }} get service {{ $name }} --watch
{{- else if eq $.Values.service.type "NodePort" }}
  Its port on every node:
  kubectl --namespace {{ $namespace }} get service {{ $name }} --output jsonpath='{.spec.ports[0].nodePort}'
{{- else }}
  Its port {{ . }} on your machine:
  kubectl --namespace {{ $namespace }} port-forward service/{{ $name }} {{ . }}
{{- end }}
{{- end }}
{{- range .Values.ingress.hosts }}
{{- if $.Values.ingress.enabled }}
  http{{ if $.Values.ingress.tls }}s{{ end }}://{{ .host }}
{{- end }}
{{- end }}
{{- range (include "service.pullSecrets" . | fromJsonArray) }}
{{- if and (lookup "v1" "Secret" $namespace "") (not (lookup "v1" "Secret" $namespace .name)) }}
  There is no Secret '{{ .name }}' in {{ $namespace }} for pulling its image. A registry without a password needs none; else:
  kubectl --namespace {{ $namespace }} create secret docker-registry {{ .name }} --docker-server=... --docker-username=... --docker-password=...
{{- end }}
{{- end }}
{{- end -}}

{{/* Checks of kube-score that do not fit, beside those that are given: an image that runs as root, or writes where it
     lies, is taken as it is; one that is named by digest need not be pulled again. */}}
{{- define "service.exceptions" -}}
{{- $exceptions := .checks -}}
{{- $container := merge (dict) .root.Values.securityContext .root.Values.podSecurityContext -}}
{{- if not $container.readOnlyRootFilesystem -}}
{{- $exceptions = append $exceptions "container-security-context-readonlyrootfilesystem" -}}
{{- end -}}
{{- if or (lt (int $container.runAsUser) 10000) (lt (int $container.runAsGroup) 10000) -}}
{{- $exceptions = append $exceptions "container-security-context-user-group-id" -}}
{{- end -}}
{{- if ne .root.Values.imagePullPolicy "Always" -}}
{{- $exceptions = append $exceptions "container-image-pull-policy" -}}
{{- end -}}
{{- join "," $exceptions -}}
{{- end -}}
