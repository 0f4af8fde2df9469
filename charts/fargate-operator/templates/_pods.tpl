{{/* What marks the operator's pods; selectors hold it, so that it never changes. */}}
{{- define "fargate-operator.selector" -}}
app.kubernetes.io/name: fargate-operator
{{- end }}

{{/* Labels of every object. Merged, since a key that stands there twice is refused by Flux and by server-side apply. */}}
{{- define "fargate-operator.labels" -}}
{{- $own := dict
  "app.kubernetes.io/instance" .Release.Name
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/managed-by" .Release.Service
  "app.kubernetes.io/part-of" "fargate-operator"
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_") -}}
{{- merge (include "fargate-operator.selector" . | fromYaml) (.Values.commonLabels | default dict) $own | toYaml }}
{{- end }}

{{/* The same with those by which somebody selects the object: a list of the root context and these. */}}
{{- define "fargate-operator.labelsWith" -}}
{{- merge (dict) (index . 1 | default dict) (include "fargate-operator.labels" (index . 0) | fromYaml) | toYaml }}
{{- end }}

{{- define "fargate-operator.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end }}

{{/*
What the operator's pods and those of the hooks have in common: a list of the root context and the pod's own name. Labels for
Fargate profiles are among it, for who runs on Fargate has no place for hooks otherwise.
*/}}
{{- define "fargate-operator.podMetadata" -}}
{{- $root := index . 0 -}}
labels:
  {{- with merge (dict "app.kubernetes.io/name" (index . 1)) ($root.Values.podLabels | default dict) ($root.Values.commonLabels | default dict) }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  {{- $annotations := dict "kubectl.kubernetes.io/default-container" "operator" }}
  {{- if $root.Values.aws.podIdentity.enabled }}
  {{- $_ := set $annotations "eks.amazonaws.com/compute-type" "ec2" }}
  {{- end }}
  {{- merge $annotations ($root.Values.podAnnotations | default dict) | toYaml | nindent 2 }}
{{- end }}

{{/* Likewise, of their spec. */}}
{{- define "fargate-operator.podSpec" -}}
serviceAccountName: {{ .Values.serviceAccount.name }}
automountServiceAccountToken: true
enableServiceLinks: false
{{- with .Values.dnsPolicy }}
dnsPolicy: {{ . }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .Values.affinity }}
affinity:
  {{- toYaml .Values.affinity | nindent 2 }}
{{- else if .Values.aws.podIdentity.enabled }}
affinity:
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms:
        - matchExpressions:
            - key: eks.amazonaws.com/compute-type
              operator: NotIn
              values: [fargate]
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- end }}

{{/* A container of a hook: a list of the root context and the subcommand. */}}
{{- define "fargate-operator.hookContainer" -}}
{{- $root := index . 0 -}}
- name: operator
  image: {{ include "fargate-operator.image" $root | quote }}
  imagePullPolicy: {{ $root.Values.image.pullPolicy }}
  args: [{{ index . 1 | quote }}]
  env:
    - name: FARGATE_OPERATOR_LEASE_NAMESPACE
      valueFrom:
        fieldRef:
          fieldPath: metadata.namespace
  {{- with $root.Values.resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- toYaml $root.Values.securityContext | nindent 4 }}
  # Shown by kubectl describe, too.
  terminationMessagePolicy: FallbackToLogsOnError
{{- end }}
