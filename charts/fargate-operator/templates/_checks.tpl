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
{{- if and $arn (not (regexMatch "^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$" $arn)) }}
{{- fail (printf "\n\n%s %q is no ARN of an IAM role: write arn:aws:iam::ACCOUNT:role/NAME with the account's 12 digits\n" $name $arn) }}
{{- end }}
{{- end }}
{{- if regexMatch ":role/.*/" .defaultPodExecutionRoleArn }}
{{- fail (printf "\n\ndefaultPodExecutionRoleArn %q has a path, and EKS refuses such roles for Fargate pods: name a role without one\n" .defaultPodExecutionRoleArn) }}
{{- end }}
{{- range .defaultSubnets }}
{{- if not (regexMatch "^subnet-[0-9a-f]{8,}$" .) }}
{{- fail (printf "\n\ndefaultSubnets: %q is no id of a subnet: write ids such as subnet-0a1b2c3d4e5f67890\n" .) }}
{{- end }}
{{- end }}
{{- if and .aws.podIdentity.enabled (or .aws.irsa.roleArn (hasKey .serviceAccount.annotations "eks.amazonaws.com/role-arn")) }}
{{- fail "\n\naws.irsa.roleArn and aws.podIdentity.enabled are two ways to the same credentials, and with both the pods would take IRSA's: set one of them. On Fargate that is aws.irsa.roleArn: EKS Pod Identity does not work there\n" }}
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
{{- if or (hasKey .podLabels "app.kubernetes.io/name") (hasKey .commonLabels "app.kubernetes.io/name") }}
{{- fail "\n\npodLabels and commonLabels cannot have app.kubernetes.io/name: by that label the operator's pods are selected\n" }}
{{- end }}
{{- range .extraEnv }}
{{- if has .name (list "FARGATE_OPERATOR_CLUSTER_NAME" "AWS_REGION" "FARGATE_OPERATOR_LEASE_NAME" "FARGATE_OPERATOR_LEASE_NAMESPACE" "FARGATE_OPERATOR_OWN_POD") }}
{{- fail (printf "\n\nextraEnv: %s is set by the chart itself (see clusterName and region)\n" .name) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
