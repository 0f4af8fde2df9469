//! Managed resources, and Compositions that make them.

use super::*;

#[test]
fn crossplane() {
    const COMPOSITION: &str = "apiVersion: apiextensions.crossplane.io/v1
kind: Composition
metadata: { name: clusters }
spec:
  patchSets:
    - name: common
      patches: [{ fromFieldPath: spec.team, toFieldPath: spec.forProvider.tags.team }]
  resources:
    - name: cluster
      base: { apiVersion: eks.aws.upbound.io/v1beta1, kind: Cluster }
    - name: system
      base:
        apiVersion: eks.aws.upbound.io/v1beta1
        kind: FargateProfile
        metadata: { annotations: { crossplane.io/external-name: system } }
        spec:
          forProvider:
            region: eu-central-1
            clusterNameSelector: { matchControllerRef: true }
            podExecutionRoleArn: arn:aws:iam::111122223333:role/default
            selector: [{ namespace: kube-system, labels: { k8s-app: kube-dns } }]
            tags: { team: nobody, stage: prod }
      patches:
        - { type: PatchSet, patchSetName: common }
        - { fromFieldPath: spec.role, toFieldPath: spec.forProvider.podExecutionRoleArn }
        - { type: ToCompositeFieldPath, fromFieldPath: status.atProvider.arn, toFieldPath: status.arn }
";
    const PIPELINE: &str = "apiVersion: apiextensions.crossplane.io/v1
kind: Composition
metadata: { name: piped }
spec:
  mode: Pipeline
  pipeline:
    - step: patch
      functionRef: { name: function-patch-and-transform }
      input:
        apiVersion: pt.fn.crossplane.io/v1beta1
        kind: Resources
        resources:
          - name: apps
            base:
              apiVersion: eks.aws.m.upbound.io/v1beta1
              kind: FargateProfile
              spec: { forProvider: { clusterName: prod, selector: [{ namespace: default, labels: { tier: a } }] } }
            patches:
              - { type: FromCompositeFieldPath, fromFieldPath: spec.namespace, toFieldPath: 'spec.forProvider.selector[0].namespace' }
              - { type: CombineFromComposite, combine: { strategy: string }, toFieldPath: 'metadata.annotations[crossplane.io/external-name]' }
    - step: render
      functionRef: { name: function-go-templating }
      input: { kind: GoTemplate, source: Inline, inline: { template: 'kind: FargateProfile' } }
";
    check(&[
        (
            Format::Crossplane,
            COMPOSITION,
            &["system system - - [] kube-system{k8s-app=kube-dns} [stage=prod] manual"],
            &[
                ": each composite resource makes a profile of this template",
                "spec.forProvider.tags.team: FromCompositeFieldPath sets it from spec.team, which the file does not tell",
                "spec.forProvider.podExecutionRoleArn: FromCompositeFieldPath sets it from spec.role",
                "status.arn: ToCompositeFieldPath copies a value of the profile to it",
                "spec.forProvider.clusterNameSelector: which Cluster the selector finds is not in the file",
            ],
        ),
        (
            Format::Crossplane,
            PIPELINE,
            &[
                "none: no manifest: spec.forProvider.selector[0]: FromCompositeFieldPath sets it from spec.namespace, which the file does not tell",
            ],
            &[
                "Composition piped pipeline step render: only its function knows the FargateProfile",
                "metadata.annotations[crossplane.io/external-name]: CombineFromComposite sets it from several fields",
            ],
        ),
        // Only observed, as for an import: what there is stands in its status.
        (
            Format::Crossplane,
            "{ apiVersion: eks.aws.upbound.io/v1beta2, kind: FargateProfile, metadata: { name: seen, annotations: { \
             crossplane.io/external-name: web } }, spec: { managementPolicies: [Observe], forProvider: { region: eu-central-1 } }, status: { \
             atProvider: { clusterName: prod, podExecutionRoleArn: \"arn:aws:iam::111122223333:role/pods\", subnetIds: \
             [subnet-0aaaaaaa000000001], selector: [{ namespace: web, labels: { tier: web } }], tags: { team: web } } } }",
            &["web web prod pods [1] web{tier=web} [team=web]"],
            &[],
        ),
        // What initProvider adds to a map of forProvider.
        (
            Format::Crossplane,
            "{ apiVersion: eks.aws.upbound.io/v1beta1, kind: FargateProfile, metadata: { name: web }, spec: { forProvider: { clusterName: prod, \
             selector: [{ namespace: web, labels: { a: b } }], tags: { team: x } }, initProvider: { clusterName: lab, selector: [{ labels: { a: x, \
             c: d } }], tags: { team: y, cost: z } } } }",
            &["web web prod - [] web{a=b,c=d} [cost=z,team=x] manual"],
            &[],
        ),
        // Two clusters and two roles that may be meant.
        (
            Format::Crossplane,
            "{ apiVersion: eks.aws.m.upbound.io/v1beta1, kind: FargateProfile, metadata: { name: web }, spec: { forProvider: { clusterNameRef: { \
             name: main }, podExecutionRoleArnRef: { name: pods }, selector: [{ namespace: web }] } } }
---
{ apiVersion: eks.aws.m.upbound.io/v1beta1, kind: Cluster, metadata: { name: main, namespace: a } }
---
{ apiVersion: eks.aws.m.upbound.io/v1beta1, kind: Cluster, metadata: { name: main, namespace: b } }
---
{ apiVersion: iam.aws.m.upbound.io/v1beta1, kind: Role, metadata: { name: pods, namespace: a } }
---
{ apiVersion: iam.aws.m.upbound.io/v1beta1, kind: Role, metadata: { name: pods, namespace: b }, status: { atProvider: { arn: \
             \"arn:aws:iam::111122223333:role/b\" } } }",
            &["web web - - [] web{} [] manual"],
            &[
                "spec.forProvider.clusterNameRef: the file has several objects that Cluster main may mean: write the value",
                "spec.forProvider.podExecutionRoleArnRef: the file has several objects that Role pods may mean",
            ],
        ),
        // A Cluster of RDS has the same name.
        (
            Format::Crossplane,
            "{ apiVersion: rds.aws.upbound.io/v1beta1, kind: Cluster, metadata: { name: main, annotations: { crossplane.io/external-name: \
             database } } }
---
{ apiVersion: eks.aws.upbound.io/v1beta1, kind: Cluster, metadata: { name: main, annotations: { crossplane.io/external-name: prod } } }
---
{ apiVersion: eks.aws.upbound.io/v1beta1, kind: FargateProfile, metadata: { name: web }, spec: { forProvider: { clusterNameRef: { name: main \
             }, selector: [{ namespace: web }] } } }",
            &["web web prod - [] web{} [] manual"],
            &[],
        ),
    ]);
}
