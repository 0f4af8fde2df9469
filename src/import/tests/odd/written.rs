//! What YAML and JSON leave to those who read them: plain words, keys that are there twice, and large files.

use super::*;

#[test]
fn plain_words_are_text_unless_cloudformation_reads_them() {
    let described = "fargateProfileName: web\nclusterName: prod\nselectors: [{ namespace: web, labels: { a: yes, b: no, c: on, d: Off, e: y, \
                     f: n, y: x } }]\n\
                     tags: { a: .inf, b: ' padded ' }";
    let brief_of = |format, text: &str| of(format, text).iter().map(brief).collect::<Vec<_>>();
    let labels = "a=yes,b=no,c=on,d=Off,e=y,f=n,y=x";
    assert_eq!(
        brief_of(Format::Describe, described),
        [format!("web web prod - [] web{{{labels}}} [a=.inf,b= padded ] manual")]
    );
    let template = "Parameters: { N: { Type: String, Default: abc } }
Resources:
  On:
    Type: AWS::EKS::FargateProfile
    Properties:
      FargateProfileName: web
      ClusterName: !Ref N
      Selectors: [{ Namespace: web, Labels: [{ Key: a, Value: yes }, { Key: b, Value: 'yes' }, { Key: c, Value: !Select [0, [yes]] }] }]
";
    assert_eq!(brief_of(Format::CloudFormation, template), ["web web abc - [] web{a=true,b=yes,c=true} [] manual"]);
}

#[test]
fn a_key_that_is_there_twice_counts_in_neither_way() {
    check(&[
        (
            Format::Eksctl,
            "{ metadata: { name: prod }, fargateProfiles: [{ name: web, name: api, tags: { a: b, a: c }, selectors: [{ namespace: web, labels: { \
             a: b, a: c, a: d } }] }] }",
            &[
                "none: no manifest: selectors[0]: label a: it is there more than once, and tools differ in which one counts: leave one, or put --- \
               between the documents",
            ],
            &[
                "file fargateProfiles[0].name: it is there more than once",
                "file fargateProfiles[0].tags.a: it is there more than once",
                "file fargateProfiles[0].selectors[0].labels.a: it is there more than once",
            ],
        ),
        (
            Format::Describe,
            r#"{ "fargateProfile": { "fargateProfileName": "web", "selectors": [{ "namespace": "web", "labels": { "a": "1", "a": "2" } }] } }"#,
            &[
                "none: no manifest: selectors[0]: label a: it is there more than once, and tools differ in which one counts: leave one, or put --- \
               between the documents",
            ],
            &["file fargateProfile.selectors[0].labels.a: it is there more than once"],
        ),
        // Put together by cat.
        (
            Format::Describe,
            "fargateProfile: { fargateProfileName: a, selectors: [{ namespace: a }] }
fargateProfile: { fargateProfileName: b, selectors: [{ namespace: b }] }
",
            &[],
            &[
                "file fargateProfile: it is there more than once, and tools differ in which one counts: leave one, or put --- between",
            ],
        ),
        // In the pairs of CloudFormation.
        (
            Format::CloudFormation,
            r#"{ "Resources": { "Web": { "Type": "AWS::EKS::FargateProfile", "Properties": { "FargateProfileName": "web", "Tags": [
                { "Key": "a", "Value": "b" }, { "Key": "a", "Value": "c" }], "Selectors": [{ "Namespace": "web", "Labels": [
                { "Key": "e", "Value": "f" }, { "Key": "e", "Value": "g" }] }] } } } }"#,
            &["none: no manifest: Properties.Selectors[0]: e is there more than once"],
            &["Properties.Tags: a is there more than once"],
        ),
        // What a merge brings besides is no repetition.
        (
            Format::Eksctl,
            "x: &x { name: web, tags: { a: b } }\nfargateProfiles: [{ <<: *x, name: api, selectors: [{ namespace: web }] }]",
            &["api api - - [] web{} [a=b] manual"],
            &[],
        ),
    ]);
}

#[test]
fn what_a_whole_cluster_has_is_read() {
    let map = "---\nkind: ConfigMap\nmetadata: { name: a, labels: { a: b, c: d, e: f, g: h } }\n";
    let profile = "---\n{ apiVersion: eks.services.k8s.aws/v1alpha1, kind: FargateProfile, metadata: { name: web }, spec: { name: web, \
                   clusterName: prod, selectors: [{ namespace: web }] } }\n";
    let all = of(Format::Ack, &(map.repeat(20_000) + profile));
    assert_eq!(all.iter().map(brief).collect::<Vec<_>>(), ["web web prod - [] web{} [] manual"]);
    let endless = read(Format::Ack, &"---\na: b\n".repeat(60_000)).unwrap_err();
    assert!(endless.to_string().contains("too large or too deep: give the profiles alone"), "{endless}");
}

#[test]
fn a_file_without_anything_gives_a_reason() {
    use clap::ValueEnum as _;
    for format in Format::value_variants() {
        for text in ["", "# only a comment\n---\n", "[]"] {
            let reading = read(*format, text).unwrap();
            assert!(reading.profiles.is_empty() && reading.lost.len() == 1, "{format:?} {text:?}: {reading:?}");
        }
    }
}
