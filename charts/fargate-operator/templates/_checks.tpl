{{/* What values have to be, with a message for each that says what to do. Structure and types are in values.schema.json. */}}
{{- define "fargate-operator.check" -}}
{{- with .Values -}}
{{- if not .clusterName }}
{{- fail "\n\nclusterName is required: the name of the EKS cluster that this is installed in, for example --set clusterName=prod\n" }}
{{- end }}
{{- if not (regexMatch "^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$" .clusterName) }}
{{- fail (printf "\n\nclusterName %q is no name of an EKS cluster: 1 to 100 letters, digits, - and _, the first a letter or digit. Write the name, not the ARN\n" .clusterName) }}
{{- end }}
{{- if not .region }}
{{- fail "\n\nregion is required: the AWS region of the EKS cluster, for example --set region=eu-central-1\n" }}
{{- end }}
{{- if not (regexMatch "^[a-z]{2,4}(-[a-z]+)+-[0-9]+$" .region) }}
{{- fail (printf "\n\nregion %q is no AWS region: write for example eu-central-1, without the letter of an availability zone\n" .region) }}
{{- end }}
{{- range $name, $arn := dict "defaultPodExecutionRoleArn" .defaultPodExecutionRoleArn "aws.irsa.roleArn" .aws.irsa.roleArn "aws.podIdentity.association.roleArn" .aws.podIdentity.association.roleArn }}
{{- if and $arn (not (regexMatch "^arn:aws[a-z-]*:iam::[0-9]{12}:role/([!-.0-~]+/)*[0-9A-Za-z+=,.@_-]{1,64}$" $arn)) }}
{{- fail (printf "\n\n%s %q is no ARN of an IAM role: write arn:aws:iam::ACCOUNT:role/NAME with the account's 12 digits\n" $name $arn) }}
{{- end }}
{{- end }}
{{- $kinds := dict }}
{{- range .defaultSubnets }}
{{- if not (regexMatch "^(subnet-[0-9a-f]{8,}|auto|tag:[^,=]{1,128}(=[^,]{0,256})?)$" .) }}
{{- fail (printf "\n\ndefaultSubnets: %q is no id of a subnet: write ids such as subnet-0a1b2c3d4e5f67890, or auto, or tag:KEY=VALUE\n" .) }}
{{- end }}
{{- $_ := set $kinds (regexFind "^[a-z]+" .) true }}
{{- end }}
{{- if gt (len $kinds) 1 }}
{{- fail (printf "\n\ndefaultSubnets mixes ids, auto and tag in %s: write ids alone, auto alone, or tags alone\n" (join ", " .defaultSubnets)) }}
{{- end }}
{{- if and .aws.podIdentity.enabled (or .aws.irsa.roleArn (hasKey (.serviceAccount.annotations | default dict) "eks.amazonaws.com/role-arn")) }}
{{- fail "\n\naws.irsa.roleArn and aws.podIdentity.enabled are two ways to the same credentials, and with both the pods would take IRSA's: set one of them. On Fargate that is aws.irsa.roleArn: EKS Pod Identity does not work there\n" }}
{{- end }}
{{- if not .serviceAccount.create }}
{{- if .aws.irsa.roleArn }}
{{- fail (printf "\n\naws.irsa.roleArn becomes an annotation of the ServiceAccount, but with serviceAccount.create=false that is yours: leave aws.irsa.roleArn empty, and annotate it, for example kubectl -n %s annotate serviceaccount %s eks.amazonaws.com/role-arn=%s\n" $.Release.Namespace .serviceAccount.name .aws.irsa.roleArn) }}
{{- end }}
{{- if .serviceAccount.annotations }}
{{- fail "\n\nserviceAccount.annotations has no effect with serviceAccount.create=false: leave it out, and annotate your ServiceAccount yourself\n" }}
{{- end }}
{{- end }}
{{- with .aws.podIdentity }}
{{- if and .association.create (not .enabled) }}
{{- fail "\n\naws.podIdentity.association.create needs aws.podIdentity.enabled=true\n" }}
{{- end }}
{{- if and .association.create (not .association.roleArn) }}
{{- fail "\n\naws.podIdentity.association.create needs aws.podIdentity.association.roleArn: the IAM role to associate\n" }}
{{- end }}
{{- end }}
{{- if and .image.digest (not (regexMatch "^sha256:[0-9a-f]{64}$" .image.digest)) }}
{{- fail (printf "\n\nimage.digest %q is no digest: write sha256: and 64 hexadecimal digits, or leave it empty and set image.tag\n" .image.digest) }}
{{- end }}
{{- /* What has a [ in it, for spans, only the operator can judge. */}}
{{- if not (contains "[" (.log.filter | default "")) }}
{{- range splitList "," (.log.filter | default "") }}
{{- if not (regexMatch "(?i)^(([-:_0-9a-z][^=]*=)?(off|error|warn|info|debug|trace|[0-5]))?$" (trim .)) }}
{{- fail (printf "\n\nlog.filter: %q is neither a level (off, error, warn, info, debug, trace) nor target=level\n" (trim .)) }}
{{- end }}
{{- end }}
{{- end }}
{{- if gt (regexFind "[0-9]*$" (.adminListen | default "") | atoi) 65535 }}
{{- fail (printf "\n\nadminListen %q has no port: write one of at most 65535, such as 127.0.0.1:8081\n" .adminListen) }}
{{- end }}
{{- if regexMatch "(@|:[^/]*$)" .image.repository }}
{{- fail (printf "\n\nimage.repository %q has a tag or a digest in it: write these as image.tag or image.digest\n" .image.repository) }}
{{- end }}
{{- if and .image.tag .image.digest }}
{{- fail (printf "\n\nimage.tag %q would have no effect beside image.digest: set one of them, and the other to \"\"\n" .image.tag) }}
{{- end }}
{{- if and .podDisruptionBudget.enabled (regexMatch "^0+%?$" (toString .podDisruptionBudget.maxUnavailable)) }}
{{- fail (printf "\n\npodDisruptionBudget.maxUnavailable %v would let no pod go, so that no node could be drained: write 1, or podDisruptionBudget.enabled=false\n" .podDisruptionBudget.maxUnavailable) }}
{{- end }}
{{- if or (hasKey (.podLabels | default dict) "app.kubernetes.io/name") (hasKey (.commonLabels | default dict) "app.kubernetes.io/name") }}
{{- fail "\n\npodLabels and commonLabels cannot have app.kubernetes.io/name: by that label the operator's pods are selected\n" }}
{{- end }}
{{- /* A variable that stands there twice is refused by server-side apply, with a message that does not tell which value to mend. */}}
{{- $names := list "FARGATE_OPERATOR_LEASE_NAME" "FARGATE_OPERATOR_LEASE_NAMESPACE" "FARGATE_OPERATOR_LISTEN" "FARGATE_OPERATOR_OWN_PROFILE" "FARGATE_OPERATOR_OWN_POD" "POD_NAME" "POD_NAMESPACE" "AWS_EC2_METADATA_DISABLED" }}
{{- range include "fargate-operator.settings" $ | fromYamlArray }}
{{- $names = append $names .name }}
{{- end }}
{{- $more := list }}
{{- range .extraEnv }}
{{- if and .value (hasPrefix "FARGATE_OPERATOR_" .name) (not (has .name (append $names "FARGATE_OPERATOR_TIME_SCALE"))) }}
{{- fail (printf "\n\nextraEnv: %s would be checked by nobody: every setting of the operator has a value of its own in this chart, use that\n" .name) }}
{{- end }}
{{- if has .name $names }}
{{- fail (printf "\n\nextraEnv: %s is set by the chart itself: leave it out here, and use the chart's own value for it if there is one\n" .name) }}
{{- end }}
{{- if has .name $more }}
{{- fail (printf "\n\nextraEnv: %s is there twice: leave one of them out\n" .name) }}
{{- end }}
{{- $more = append $more .name }}
{{- end }}
{{- end }}
{{- include "fargate-operator.checkManagedRole" . }}
{{- include "fargate-operator.checkCoreDns" . }}
{{- include "fargate-operator.checkIntervals" . }}
{{- end }}

{{/* Likewise of the pod execution role that the operator creates: as its mending.rs and iam.rs have it. */}}
{{- define "fargate-operator.checkManagedRole" -}}
{{- with .Values.mending.podExecutionRole -}}
{{- if and .enabled $.Values.defaultPodExecutionRoleArn }}
{{- fail (printf "\n\nmending.podExecutionRole.enabled is true and defaultPodExecutionRoleArn is %q: FargateProfiles that name no role have either the one or the other; leave one of the two out\n" $.Values.defaultPodExecutionRoleArn) }}
{{- end }}
{{- range $name := list "name" "path" "permissionsBoundary" "tags" }}
{{- if and (get $.Values.mending.podExecutionRole $name) (not $.Values.mending.podExecutionRole.enabled) }}
{{- fail (printf "\n\nmending.podExecutionRole.%s has no effect without mending.podExecutionRole.enabled=true, since no role is created: leave it out, or set that\n" $name) }}
{{- end }}
{{- end }}
{{- if not (regexMatch "^[0-9A-Za-z+=,.@_-]{0,64}$" (.name | default "")) }}
{{- fail (printf "\n\nmending.podExecutionRole.name %q is no name of an IAM role: 1 to 64 letters, digits and + = , . @ _ -; write it without its path\n" .name) }}
{{- end }}
{{- if or (not (regexMatch "^(/([!-~]*/)?)?$" (.path | default ""))) (gt (len (.path | default "")) 512) }}
{{- fail (printf "\n\nmending.podExecutionRole.path %q is no path in IAM: it begins and ends with / and has up to 512 characters of ASCII without blanks; write for example /team/\n" .path) }}
{{- end }}
{{- if not (regexMatch "^(arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/([!-~]*/)?[0-9A-Za-z+=,.@_-]{1,128})?$" (.permissionsBoundary | default "")) }}
{{- fail (printf "\n\nmending.podExecutionRole.permissionsBoundary %q is no ARN of a policy: write arn:aws:iam::ACCOUNT:policy/NAME with the account's 12 digits\n" .permissionsBoundary) }}
{{- end }}
{{- $keys := dict }}
{{- range $key, $value := .tags | default dict }}
{{- if or (hasPrefix "aws:" (lower $key)) (hasPrefix "fargate-operator.dev/" $key) }}
{{- fail (printf "\n\nmending.podExecutionRole.tags: keys that begin with aws: are AWS's own and those with fargate-operator.dev/ the operator's: write another key than %q\n" $key) }}
{{- end }}
{{- if or (eq (trim $key) "") (not (regexMatch "^[\\pL\\pN _.:/+@-]{1,128}$" $key)) (not (regexMatch "^[\\pL\\pN _.:/=+@-]{0,256}$" $value)) }}
{{- fail (printf "\n\nmending.podExecutionRole.tags: %q with value %q is no tag that IAM takes: up to 128 characters in its key and 256 in its value, letters, digits, blanks and _ . : / = + - @, and here no = in the key; write a shorter or a plainer one\n" $key $value) }}
{{- end }}
{{- if hasKey $keys (lower $key) }}
{{- fail (printf "\n\nmending.podExecutionRole.tags has the key %q twice, and IAM does not tell keys apart by case: write each key once\n" $key) }}
{{- end }}
{{- $_ := set $keys (lower $key) true }}
{{- end }}
{{- end }}
{{- end }}

{{- define "fargate-operator.checkCoreDns" -}}
{{- with .Values.mending.coreDns }}
{{- if and .enabled (not .deployments) }}
{{- fail "\n\nmending.coreDns.enabled needs mending.coreDns.deployments: the Deployments that the operator may patch, such as [{namespace: kube-system, name: coredns}]\n" }}
{{- end }}
{{- if and .enabled $.Values.rbac.create (not $.Values.rbac.pods) }}
{{- fail "\n\nmending.coreDns.enabled needs rbac.pods=true: only with these rights the operator finds the Service at the cluster's DNS address; set it, or leave mending.coreDns.enabled out\n" }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Those with which the operator would not start, as its settings.rs and lease.rs have it. What is empty has the operator's own
default, which is here so that it can be compared.
*/}}
{{- define "fargate-operator.checkIntervals" -}}
{{- $default := dict
  "intervals" (dict "quiet" "60s" "operationTimeout" "30s")
  "leaderElection" (dict "leaseDuration" "15s" "renewDeadline" "10s" "retry" "2s")
}}
{{- $written := dict }}
{{- $time := dict }}
{{- range $group, $defaults := $default }}
{{- range $name, $text := merge (dict) (get $.Values $group) $defaults }}
{{- if $text }}
{{- $_ := set $written $name (printf "%s.%s %q" $group $name $text) }}
{{- $_ := set $time $name (include "fargate-operator.milliseconds" $text | int64) }}
{{- if eq (get $time $name) 0 }}
{{- fail (printf "\n\n%s must be longer than nothing: write for example 30s, 2m or 1h30m\n" (get $written $name)) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if le $time.quiet $time.operationTimeout }}
{{- fail (printf "\n\n%s must be longer than %s, since a call may take effect as long as it is under way: raise the one or lower the other\n" $written.quiet $written.operationTimeout) }}
{{- end }}
{{- if lt $time.leaseDuration 1000 }}
{{- fail (printf "\n\n%s is too short, since a Lease counts in full seconds: write 1s or more\n" $written.leaseDuration) }}
{{- end }}
{{- if ge $time.renewDeadline $time.leaseDuration }}
{{- fail (printf "\n\n%s must be shorter than %s, since who holds the Lease must have stopped before another takes it: lower the one or raise the other\n" $written.renewDeadline $written.leaseDuration) }}
{{- end }}
{{- if ge (mul 3 $time.retry) $time.renewDeadline }}
{{- fail (printf "\n\n%s must be less than a third of %s, so that one lost call stops nothing: lower the one or raise the other\n" $written.retry $written.renewDeadline) }}
{{- end }}
{{- end }}

{{- define "fargate-operator.milliseconds" -}}
{{- $factor := dict "h" 3600000 "m" 60000 "s" 1000 "ms" 1 }}
{{- $sum := 0 }}
{{- range regexFindAll "[0-9]+[a-z]+" . -1 }}
{{- $sum = add $sum (mul (regexFind "[0-9]+" . | atoi) (get $factor (regexFind "[a-z]+" .))) }}
{{- end }}
{{- $sum }}
{{- end }}
