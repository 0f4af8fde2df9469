{{/*
Settings as environment variables, which `fargate-operator run --help` explains. Those that are empty are left out, and have
the operator's own default.
*/}}
{{- define "fargate-operator.settings" -}}
{{- with .Values -}}
{{- $role := .mending.podExecutionRole }}
{{- $tags := list }}
{{- range $key, $value := $role.tags | default dict }}
{{- $tags = append $tags (printf "%s=%s" $key $value) }}
{{- end }}
{{- $settings := list
  (list "FARGATE_OPERATOR_CLUSTER_NAME" .clusterName)
  (list "AWS_REGION" .region)
  (list "FARGATE_OPERATOR_DEFAULT_POD_EXECUTION_ROLE_ARN" .defaultPodExecutionRoleArn)
  (list "FARGATE_OPERATOR_DEFAULT_SUBNETS" (join "," .defaultSubnets))
  (list "FARGATE_OPERATOR_DEFAULT_PREREQUISITES" .defaultPrerequisites)
  (list "FARGATE_OPERATOR_MANAGED_POD_EXECUTION_ROLE" (ternary "true" "" $role.enabled))
  (list "FARGATE_OPERATOR_MANAGED_ROLE_NAME" $role.name)
  (list "FARGATE_OPERATOR_MANAGED_ROLE_PATH" $role.path)
  (list "FARGATE_OPERATOR_MANAGED_ROLE_PERMISSIONS_BOUNDARY" $role.permissionsBoundary)
  (list "FARGATE_OPERATOR_MANAGED_ROLE_TAGS" (join "," $tags))
  (list "FARGATE_OPERATOR_RESTORE_ACCESS_ENTRIES" (ternary "true" "" .mending.accessEntries.enabled))
  (list "FARGATE_OPERATOR_MOVE_COREDNS" (ternary "true" "" .mending.coreDns.enabled))
  (list "FARGATE_OPERATOR_LOG" .log.filter)
  (list "FARGATE_OPERATOR_LOG_FORMAT" .log.format)
  (list "FARGATE_OPERATOR_QUIET" .intervals.quiet)
  (list "FARGATE_OPERATOR_SETTLE" .intervals.settle)
  (list "FARGATE_OPERATOR_PROGRESS_DEADLINE" .intervals.progressDeadline)
  (list "FARGATE_OPERATOR_RESYNC" .intervals.resync)
  (list "FARGATE_OPERATOR_DESCRIBE_AGAIN" .intervals.describeAgain)
  (list "FARGATE_OPERATOR_OPERATION_TIMEOUT" .intervals.operationTimeout)
  (list "FARGATE_OPERATOR_LEASE_DURATION" .leaderElection.leaseDuration)
  (list "FARGATE_OPERATOR_LEASE_RENEW_DEADLINE" .leaderElection.renewDeadline)
  (list "FARGATE_OPERATOR_LEASE_RETRY" .leaderElection.retry)
  (list "FARGATE_OPERATOR_LISTEN" (ne (int .port) 8080 | ternary (printf "[::]:%d" (int .port)) ""))
  (list "FARGATE_OPERATOR_ADMIN_LISTEN" .adminListen)
  (list "OTEL_EXPORTER_OTLP_ENDPOINT" .otlpEndpoint)
-}}
{{- range $settings }}
{{- if index . 1 -}}
- name: {{ index . 0 }}
  value: {{ index . 1 | quote }}
{{ end }}
{{- end }}
{{- end }}
{{- end }}
