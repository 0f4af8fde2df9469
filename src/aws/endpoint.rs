//! Where a service answers, and for which region a request to it is signed. The hosts are those of the endpoint rules in
//! the service models of EC2, IAM and Service Quotas.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

use super::operation::Api;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) url: String,
    pub(super) signing_region: String,
}

/// AWS's regions are in partitions, which share nothing.
struct Partition {
    /// How the names of its regions begin.
    regions: &'static str,
    suffix: &'static str,
    dual_stack_suffix: &'static str,
    /// What the names of IAM's hosts have in the middle, by IPv4 and dual-stack.
    iam: (&'static str, &'static str),
    /// The region in which IAM is.
    iam_region: &'static str,
}

/// The last one takes every other region.
const PARTITIONS: [Partition; 4] = [
    Partition {
        regions: "cn-",
        suffix: "amazonaws.com.cn",
        dual_stack_suffix: "api.amazonwebservices.com.cn",
        iam: ("cn-north-1.", "global."),
        iam_region: "cn-north-1",
    },
    Partition {
        regions: "us-gov-",
        suffix: "amazonaws.com",
        dual_stack_suffix: "api.aws",
        iam: ("us-gov.", "us-gov."),
        iam_region: "us-gov-west-1",
    },
    Partition {
        regions: "eusc-",
        suffix: "amazonaws.eu",
        dual_stack_suffix: "api.amazonwebservices.eu",
        iam: ("eusc-de-east-1.", "eusc-de-east-1."),
        iam_region: "eusc-de-east-1",
    },
    Partition {
        regions: "",
        suffix: "amazonaws.com",
        dual_stack_suffix: "api.aws",
        iam: ("", "global."),
        iam_region: "us-east-1",
    },
];

pub(super) fn endpoint(config: &SdkConfig, api: &Api) -> Endpoint {
    let region = config.region().map_or("", |region| region.as_ref());
    let fips = config.use_fips().unwrap_or_default();
    let mut endpoint = of_aws(api, region, fips, config.use_dual_stack().unwrap_or_default());
    if let Some(url) = configured(config, api) {
        endpoint.url = url;
    }
    endpoint
}

/// AWS's own.
fn of_aws(api: &Api, region: &str, fips: bool, dual_stack: bool) -> Endpoint {
    let [.., other] = &PARTITIONS;
    let partition = PARTITIONS.iter().find(|partition| region.starts_with(partition.regions)).unwrap_or(other);
    let suffix = if dual_stack { partition.dual_stack_suffix } else { partition.suffix };
    // In GovCloud, the usual hosts are FIPS's.
    let is_usual = partition.regions == "us-gov-" && (api.is_global || !dual_stack);
    let fips = if fips && !is_usual { "-fips" } else { "" };
    let name = api.signing_name;
    let (middle, signing_region) = if api.is_global {
        let (single, dual) = partition.iam;
        (if dual_stack { dual } else { single }.to_owned(), partition.iam_region)
    } else {
        (format!("{region}."), region)
    };
    Endpoint { url: format!("https://{name}{fips}.{middle}{suffix}"), signing_region: signing_region.to_owned() }
}

/// The one that is set, for this service or for all, as the SDK's own clients find it.
fn configured(config: &SdkConfig, api: &Api) -> Option<String> {
    let for_all = || config.endpoint_url().map(str::to_owned);
    if config.get_origin("endpoint_url").is_client_config() {
        return for_all();
    }
    let key = ServiceConfigKey::builder()
        .service_id(api.name)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    config.service_config().and_then(|settings| settings.load_config(key)).or_else(for_all)
}

#[cfg(test)]
mod tests {
    use aws_types::service_config::LoadServiceConfig;

    use super::*;
    use crate::quotas::QUOTAS;

    const EC2: Api = crate::ec2::EC2.api;
    const IAM: Api = crate::iam::IAM.api;

    #[test]
    fn each_partition_has_hosts_of_its_own() {
        let host =
            |api, region, fips, dual_stack| of_aws(api, region, fips, dual_stack).url.split_off("https://".len());
        for (region, ec2, iam, iam_region) in [
            ("eu-central-1", "ec2.eu-central-1.amazonaws.com", "iam.amazonaws.com", "us-east-1"),
            ("us-gov-east-1", "ec2.us-gov-east-1.amazonaws.com", "iam.us-gov.amazonaws.com", "us-gov-west-1"),
            ("cn-northwest-1", "ec2.cn-northwest-1.amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("eusc-de-east-1", "ec2.eusc-de-east-1.amazonaws.eu", "iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        ] {
            assert_eq!(host(&EC2, region, false, false), ec2);
            assert_eq!(host(&IAM, region, false, false), iam);
            assert_eq!(of_aws(&EC2, region, false, false).signing_region, region);
            assert_eq!(of_aws(&IAM, region, false, false).signing_region, iam_region);
        }
    }

    #[test]
    fn service_quotas_has_hosts_like_ec2() {
        let url = |region, fips, dual_stack| of_aws(&QUOTAS.api, region, fips, dual_stack).url;
        assert_eq!(url("eu-central-1", false, false), "https://servicequotas.eu-central-1.amazonaws.com");
        assert_eq!(url("cn-north-1", false, false), "https://servicequotas.cn-north-1.amazonaws.com.cn");
        assert_eq!(url("us-west-2", true, false), "https://servicequotas-fips.us-west-2.amazonaws.com");
        assert_eq!(url("us-gov-west-1", true, false), "https://servicequotas.us-gov-west-1.amazonaws.com");
        assert_eq!(url("us-west-2", false, true), "https://servicequotas.us-west-2.api.aws");
    }

    #[test]
    fn fips_and_dual_stack_have_hosts_of_their_own() {
        let hosts = |region, fips, dual_stack| {
            [&EC2, &IAM].map(|api| of_aws(api, region, fips, dual_stack).url.split_off("https://".len()))
        };
        assert_eq!(hosts("us-west-2", true, false), ["ec2-fips.us-west-2.amazonaws.com", "iam-fips.amazonaws.com"]);
        assert_eq!(hosts("us-west-2", false, true), ["ec2.us-west-2.api.aws", "iam.global.api.aws"]);
        assert_eq!(hosts("us-west-2", true, true), ["ec2-fips.us-west-2.api.aws", "iam-fips.global.api.aws"]);
        let gov = "us-gov-west-1";
        assert_eq!(hosts(gov, true, false), ["ec2.us-gov-west-1.amazonaws.com", "iam.us-gov.amazonaws.com"]);
        assert_eq!(hosts(gov, true, true), ["ec2-fips.us-gov-west-1.api.aws", "iam.us-gov.api.aws"]);
    }

    /// As `AWS_ENDPOINT_URL_EC2` sets it.
    #[derive(Debug)]
    struct OnlyEc2;

    impl LoadServiceConfig for OnlyEc2 {
        fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
            ((key.service_id(), key.env()) == ("EC2", "AWS_ENDPOINT_URL")).then(|| "http://ec2.test".to_owned())
        }
    }

    #[test]
    fn an_endpoint_that_is_set_comes_first_and_the_one_of_the_service_before_the_one_of_all() {
        let settings =
            || SdkConfig::builder().region(aws_types::region::Region::new("eu-central-1")).service_config(OnlyEc2);
        let found = |settings: aws_types::sdk_config::Builder, api| endpoint(&settings.build(), api);
        assert_eq!(found(settings(), &EC2).url, "http://ec2.test");
        assert_eq!(found(settings(), &IAM).url, "https://iam.amazonaws.com");
        let for_all = || settings().endpoint_url("http://all.test");
        assert_eq!(found(for_all(), &EC2).url, "http://ec2.test");
        assert_eq!(found(for_all(), &IAM).url, "http://all.test");
        assert_eq!(found(for_all(), &IAM).signing_region, "us-east-1");
        let mut in_code = for_all();
        in_code.insert_origin("endpoint_url", aws_types::origin::Origin::shared_config());
        assert_eq!(found(in_code, &EC2).url, "http://all.test", "what is set in code is for all");
    }
}
