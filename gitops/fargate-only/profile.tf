# The same first profile by Terraform, for a cluster, a role and subnets that are there.
variable "cluster_name" { type = string }
variable "pod_execution_role_arn" { type = string }
variable "private_subnet_ids" { type = list(string) }

resource "aws_eks_fargate_profile" "platform" {
  cluster_name           = var.cluster_name
  fargate_profile_name   = "platform"
  pod_execution_role_arn = var.pod_execution_role_arn
  subnet_ids             = var.private_subnet_ids

  selector {
    namespace = "fargate-operator"
  }

  selector {
    namespace = "kube-system"
    labels    = { "eks.amazonaws.com/component" = "coredns" }
  }
}

# Needs the profile; without it the add-on's pods wait for ever.
resource "aws_eks_addon" "coredns" {
  cluster_name         = var.cluster_name
  addon_name           = "coredns"
  configuration_values = jsonencode({ computeType = "Fargate" })
  depends_on           = [aws_eks_fargate_profile.platform]
}
