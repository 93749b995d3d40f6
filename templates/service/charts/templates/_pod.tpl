{{/* The template of its pods: metadata and spec. */}}
{{- define "service.pod" -}}
{{- $native := eq .Values.runtime "native" }}
{{- $token := or .Values.scone.service_access_token .Values.scone.service_access_token_secret -}}
metadata:
  labels:
    {{- include "service.selector" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- if or .Values.scone.revision .Values.podAnnotations }}
  annotations:
    {{- with .Values.scone.revision }}
    sconectl/revision: {{ . | quote }}
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
spec:
  serviceAccountName: {{ include "service.serviceAccount" . | quote }}
  automountServiceAccountToken: false
  restartPolicy: {{ .Values.jobs.restartPolicy | quote }}
  terminationGracePeriodSeconds: {{ int .Values.terminationGracePeriodSeconds }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  {{- with include "service.pullSecrets" . | fromJsonArray }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.podSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- $wait1 := eq (toString .Values.initContainers.container1.enabled) "true" }}
  {{- $wait2 := eq (toString .Values.initContainers.container2.enabled) "true" }}
  {{- if or $wait1 $wait2 }}
  initContainers:
    {{- if $wait1 }}
    {{- include "service.wait" (dict "root" . "name" "wait1" "wait" .Values.initContainers.container1) | nindent 4 }}
    {{- end }}
    {{- if $wait2 }}
    {{- include "service.wait" (dict "root" . "name" "wait2" "wait" .Values.initContainers.container2) | nindent 4 }}
    {{- end }}
  {{- end }}
  containers:
    - name: api
      image: {{ .Values.image | quote }}
      imagePullPolicy: {{ .Values.imagePullPolicy | quote }}
      {{- if not $native }}
      command:
        {{- toYaml .Values.scone.command | nindent 8 }}
      {{- end }}
      {{- with .Values.securityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with include "service.port" . }}
      ports:
        - name: api
          containerPort: {{ . }}
          protocol: TCP
      {{- end }}
      {{- if .Values.probes.enabled }}
      {{- $probe := include "service.probe" . | trim }}
      {{- with $probe }}
      # Often until the first success, seldom from then on: a probe costs a process.
      startupProbe:
        {{- . | nindent 8 }}
        periodSeconds: 1
        failureThreshold: 3600
        timeoutSeconds: 3
      readinessProbe:
        {{- . | nindent 8 }}
        periodSeconds: {{ int $.Values.probes.periodSeconds }}
        timeoutSeconds: 3
      {{- end }}
      {{- end }}
      {{- if and $native (gt (int .Values.drainSeconds) 0) }}
      lifecycle:
        preStop:
          exec:
            command: ["/opt/sconectl/sconectl", "pod", "drain", {{ .Values.drainSeconds | toString | quote }}]
      {{- end }}
      env:
        - name: SCONE_CONFIG_ID
          value: {{ .Values.scone.api_session | quote }}
        - name: SCONE_CAS_ADDR
          value: {{ .Values.scone.cas | quote }}
        - name: SCONE_LAS_ADDR
          valueFrom:
            fieldRef:
              fieldPath: status.hostIP
        - name: SCONE_LOG
          value: {{ .Values.scone.scone_log | quote }}
        - name: SCONE_VERSION
          value: {{ .Values.scone.scone_version | quote }}
        - name: SCONE_EDMM_MODE
          value: auto
        {{- if and $native .Values.scone.cas_key }}
        - name: SCONE_CAS_KEY
          value: {{ .Values.scone.cas_key | quote }}
        {{- end }}
        {{- if and $native $token }}
        - name: SCONE_SERVICE_ACCESS_TOKEN
          valueFrom:
            secretKeyRef:
              name: {{ include "service.tokenSecret" . | quote }}
              key: SCONE_SERVICE_ACCESS_TOKEN
        {{- end }}
        {{- if .Values.externalAesmd.enabled }}
        - name: SGX_AESM_ADDR
          value: "1"
        {{- end }}
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with include "service.resources" . | fromYaml }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- if or .Values.memoryDirectories .Values.externalAesmd.enabled .Values.extraVolumeMounts }}
      volumeMounts:
        {{- if .Values.externalAesmd.enabled }}
        - name: aesmd
          mountPath: /var/run/aesmd
        {{- end }}
        {{- range $i, $directory := .Values.memoryDirectories }}
        - name: {{ printf "memory-%d" $i }}
          mountPath: {{ $directory | quote }}
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
  {{- if or .Values.memoryDirectories .Values.externalAesmd.enabled .Values.extraVolumes }}
  volumes:
    {{- if .Values.externalAesmd.enabled }}
    - name: aesmd
      hostPath:
        path: {{ .Values.externalAesmd.path | quote }}
        type: Directory
    {{- end }}
    {{- range $i, $directory := .Values.memoryDirectories }}
    - name: {{ printf "memory-%d" $i }}
      emptyDir: {medium: Memory, sizeLimit: 64Mi}
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  affinity:
    {{- if .Values.affinity }}
    {{- toYaml .Values.affinity | nindent 4 }}
    {{- else }}
    podAntiAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 100
          podAffinityTerm:
            topologyKey: kubernetes.io/hostname
            labelSelector:
              matchLabels:
                {{- include "service.selector" . | nindent 16 }}
    {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
