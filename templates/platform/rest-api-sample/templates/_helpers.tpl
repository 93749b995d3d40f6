{{/* A name of at most 63 characters; longer ones end in a digest, so that two that begin alike stay two. */}}
{{- define "api.limited" -}}
{{- if gt (len .) 63 -}}
{{- printf "%s-%s" (trunc 54 . | trimAll "-") (sha256sum . | trunc 8) -}}
{{- else -}}
{{- . -}}
{{- end -}}
{{- end -}}

{{- define "api.name" -}}
{{- include "api.limited" (.Values.nameOverride | default .Chart.Name) -}}
{{- end -}}

{{/* "rest-api-sample" for a release of that name, else RELEASE-rest-api-sample. */}}
{{- define "api.fullname" -}}
{{- $name := include "api.name" . -}}
{{- $release := .Release.Name -}}
{{- if not (contains $name $release) -}}
{{- $release = printf "%s-%s" $release $name -}}
{{- end -}}
{{- include "api.limited" (.Values.fullnameOverride | default $release) -}}
{{- end -}}

{{- define "api.selector" -}}
app.kubernetes.io/name: {{ include "api.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "api.labels" -}}
helm.sh/chart: {{ include "api.limited" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_") | quote }}
{{ include "api.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | toString | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end -}}

{{- define "api.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "api.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "api.image" -}}
{{- required "image: name the image of your service (README.md)" .Values.image -}}
{{- end -}}

{{/* How many MiB of enclave memory. */}}
{{- define "api.epcMiB" -}}
{{- $given := required (printf "sgxEpcMem: useSGXDevPlugin=%s needs the enclave memory of the pod, in MiB" .Values.useSGXDevPlugin) .Values.sgxEpcMem | toString -}}
{{- if regexMatch "^[1-9][0-9]*(Mi)?$" $given -}}
{{- trimSuffix "Mi" $given -}}
{{- else if regexMatch "^[1-9][0-9]*Gi$" $given -}}
{{- mul 1024 (trimSuffix "Gi" $given | int64) -}}
{{- else -}}
{{- fail (printf "sgxEpcMem: '%s' is no amount of memory; write MiB as a number, or a quantity such as 10Mi" $given) -}}
{{- end -}}
{{- end -}}

{{/* Limits that ask a device plugin for SGX, as YAML. */}}
{{- define "api.sgxLimits" -}}
{{- $plugin := .Values.useSGXDevPlugin -}}
{{- if has $plugin (list "scone" "enabled") -}}
sgx.k8s.io/sgx: 1
{{- else if eq $plugin "azure" -}}
{{- if eq .Values.sgxEpcResource "sgx.intel.com/epc" -}}
sgx.intel.com/epc: {{ printf "%sMi" (include "api.epcMiB" .) | quote }}
{{- else -}}
{{ .Values.sgxEpcResource }}: {{ include "api.epcMiB" . }}
{{- end }}
{{- else if eq $plugin "intel" -}}
sgx.intel.com/epc: {{ printf "%sMi" (include "api.epcMiB" .) | quote }}
sgx.intel.com/enclave: 1
sgx.intel.com/provision: 1
{{- else if ne $plugin "disabled" -}}
{{- fail (printf "useSGXDevPlugin: '%s' is none of scone, enabled, azure, intel, disabled" $plugin) -}}
{{- end -}}
{{- end -}}

{{/* The context of the container: as given, and the capability that SCONE's device plugin asks for. Kubernetes refuses
     privileged containers that may not gain privileges. */}}
{{- define "api.securityContext" -}}
{{- $context := deepCopy (.Values.securityContext | default dict) -}}
{{- if get $context "privileged" -}}
{{- $_ := unset $context "allowPrivilegeEscalation" -}}
{{- end -}}
{{- if has .Values.useSGXDevPlugin (list "scone" "enabled") -}}
{{- $capabilities := get $context "capabilities" | default dict -}}
{{- $add := append (get $capabilities "add" | default list) "SYS_RAWIO" | uniq -}}
{{- $_ := set $context "capabilities" (merge (dict "add" $add) $capabilities) -}}
{{- end -}}
{{- toYaml $context -}}
{{- end -}}

{{- define "api.resources" -}}
{{- $resources := deepCopy (.Values.resources | default dict) -}}
{{- $sgx := include "api.sgxLimits" . | fromYaml -}}
{{- if $sgx -}}
{{- $_ := set $resources "limits" (merge $sgx (get $resources "limits" | default dict)) -}}
{{- end -}}
{{- toYaml $resources -}}
{{- end -}}

{{/* Whether the socket of the node's AESM is mounted: "true" or "". */}}
{{- define "api.aesmd" -}}
{{- $wanted := .Values.externalAesmd.enabled | toString -}}
{{- if or (eq $wanted "true") (and (eq $wanted "auto") (eq .Values.useSGXDevPlugin "azure")) -}}true{{- end -}}
{{- end -}}

{{/* Whether the service is attested: "true" or "". */}}
{{- define "api.attested" -}}
{{- $scone := .Values.scone -}}
{{- if and $scone.configId (not $scone.cas) -}}
{{- fail "scone.configId: needs scone.cas, the address of the CAS that has this session" -}}
{{- end -}}
{{- if and (not $scone.configId) (or $scone.casKey $scone.accessTokenSecret) -}}
{{- fail "scone.casKey, scone.accessTokenSecret: have no effect without scone.configId" -}}
{{- end -}}
{{- if $scone.configId -}}true{{- end -}}
{{- end -}}

{{/* As given, with words as values: --set makes a flag of 'true'. */}}
{{- define "api.tolerations" -}}
{{- $tolerations := list -}}
{{- range .Values.tolerations -}}
{{- $toleration := deepCopy . -}}
{{- if hasKey $toleration "value" -}}
{{- $_ := set $toleration "value" (toString $toleration.value) -}}
{{- end -}}
{{- $tolerations = append $tolerations $toleration -}}
{{- end -}}
{{- toYaml $tolerations -}}
{{- end -}}

{{/* The variable that names the LAS of the node, unless the user has one of his own. */}}
{{- define "api.lasAddress" -}}
{{- $given := false -}}
{{- range .Values.env -}}
{{- if eq .name "SCONE_LAS_ADDR" -}}{{- $given = true -}}{{- end -}}
{{- end -}}
{{- if not $given -}}
- name: SCONE_LAS_ADDR
  valueFrom:
    fieldRef:
      fieldPath: status.hostIP
{{- end -}}
{{- end -}}
