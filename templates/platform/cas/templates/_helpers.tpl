{{/* A name of at most 63 characters; longer ones end in a digest, so that two that begin alike stay two. */}}
{{- define "cas.limited" -}}
{{- if gt (len .) 63 -}}
{{- printf "%s-%s" (trunc 54 . | trimAll "-") (sha256sum . | trunc 8) -}}
{{- else -}}
{{- . -}}
{{- end -}}
{{- end -}}

{{- define "cas.name" -}}
{{- include "cas.limited" (.Values.nameOverride | default .Chart.Name) -}}
{{- end -}}

{{/* "cas" for a release of that name, else RELEASE-cas. */}}
{{- define "cas.fullname" -}}
{{- $name := include "cas.name" . -}}
{{- $release := .Release.Name -}}
{{- if not (contains $name $release) -}}
{{- $release = printf "%s-%s" $release $name -}}
{{- end -}}
{{- include "cas.limited" (.Values.fullnameOverride | default $release) -}}
{{- end -}}

{{- define "cas.selector" -}}
app.kubernetes.io/name: {{ include "cas.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "cas.labels" -}}
helm.sh/chart: {{ include "cas.limited" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_") | quote }}
{{ include "cas.selector" . }}
app.kubernetes.io/version: {{ .Values.sconeVersion | default .Chart.AppVersion | toString | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end -}}

{{- define "cas.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "cas.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "cas.image" -}}
{{- $image := .Values.image -}}
{{- if and .Values.productionMode.enabled .Values.productionMode.image -}}
{{- $image = .Values.productionMode.image -}}
{{- end -}}
{{- required "image: name an image that contains sconectl; 'sconectl platform image cas --to REPO:TAG' makes one" $image -}}
{{- end -}}

{{/* How many MiB of enclave memory. */}}
{{- define "cas.epcMiB" -}}
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
{{- define "cas.sgxLimits" -}}
{{- $plugin := .Values.useSGXDevPlugin -}}
{{- if has $plugin (list "scone" "enabled") -}}
sgx.k8s.io/sgx: 1
{{- else if eq $plugin "azure" -}}
{{- if eq .Values.sgxEpcResource "sgx.intel.com/epc" -}}
sgx.intel.com/epc: {{ printf "%sMi" (include "cas.epcMiB" .) | quote }}
{{- else -}}
{{ .Values.sgxEpcResource }}: {{ include "cas.epcMiB" . }}
{{- end }}
{{- else if eq $plugin "intel" -}}
sgx.intel.com/epc: {{ printf "%sMi" (include "cas.epcMiB" .) | quote }}
sgx.intel.com/enclave: 1
sgx.intel.com/provision: 1
{{- else if ne $plugin "disabled" -}}
{{- fail (printf "useSGXDevPlugin: '%s' is none of scone, enabled, azure, intel, disabled" $plugin) -}}
{{- end -}}
{{- end -}}

{{/* The context of the container: as given, and the capability that SCONE's device plugin asks for. Kubernetes refuses
     privileged containers that may not gain privileges. */}}
{{- define "cas.securityContext" -}}
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

{{- define "cas.resources" -}}
{{- $resources := deepCopy (.Values.resources | default dict) -}}
{{- $sgx := include "cas.sgxLimits" . | fromYaml -}}
{{- if $sgx -}}
{{- $_ := set $resources "limits" (merge $sgx (get $resources "limits" | default dict)) -}}
{{- end -}}
{{- toYaml $resources -}}
{{- end -}}

{{/* The names in the certificate: a list, as JSON. */}}
{{- define "cas.hostnames" -}}
{{- $service := printf "%s.%s" (include "cas.fullname" .) .Release.Namespace -}}
{{- $names := list (include "cas.fullname" .) $service (printf "%s.svc" $service) (printf "%s.svc.%s" $service .Values.clusterDomain) -}}
{{- if .Values.service.loadBalancerIP -}}
{{- $names = append $names .Values.service.loadBalancerIP -}}
{{- end -}}
{{- concat $names .Values.configuration.hostnames | uniq | toJson -}}
{{- end -}}

{{/* What can not be meant. */}}
{{- define "cas.judge" -}}
{{- if ne (int .Values.replicaCount) 1 -}}
{{- fail (printf "replicaCount: %v replicas would be as many different CASes, with other keys and sessions; install the chart several times instead, each with a name of its own" .Values.replicaCount) -}}
{{- end -}}
{{- if and .Values.service.loadBalancerIP (ne .Values.service.type "LoadBalancer") -}}
{{- fail (printf "service.loadBalancerIP: has no effect with service.type=%s; set service.type=LoadBalancer" .Values.service.type) -}}
{{- end -}}
{{- if and (or .Values.service.nodePorts.clientPort .Values.service.nodePorts.enclavePort) (eq .Values.service.type "ClusterIP") -}}
{{- fail "service.nodePorts: have no effect with service.type=ClusterIP; set service.type=NodePort" -}}
{{- end -}}
{{- if and .Values.persistence.existingClaim (not .Values.persistence.enabled) -}}
{{- fail "persistence.existingClaim: has no effect with persistence.enabled=false" -}}
{{- end -}}
{{- if .Values.productionMode.enabled -}}
{{- $open := list -}}
{{- if not .Values.persistence.enabled -}}{{- $open = append $open "persistence.enabled=true (else every restart forgets all secrets)" -}}{{- end -}}
{{- if not .Values.configuration.owner -}}{{- $open = append $open "configuration.owner (else everybody who reaches the CAS may create sessions)" -}}{{- end -}}
{{- if not .Values.networkPolicy.enabled -}}{{- $open = append $open "networkPolicy.enabled=true" -}}{{- end -}}
{{- if not (contains "@sha256:" (include "cas.image" .)) -}}{{- $open = append $open "an image by its digest (REPO@sha256:...)" -}}{{- end -}}
{{- if $open -}}
{{- fail (printf "productionMode.enabled needs: %s" (join "; " $open)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* As given, with words as values: --set makes a flag of 'true'. */}}
{{- define "cas.tolerations" -}}
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
{{- define "cas.lasAddress" -}}
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
