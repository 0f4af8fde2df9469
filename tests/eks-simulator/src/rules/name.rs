//! Names of profiles.

use crate::{ApiError, NameCharacters};

/// At least one character (CloudFormation schema), at most 100 (aws/aws-cdk 8706), not beginning with `eks-`
/// (pulumi/pulumi-eks 426), and of certain characters (text measured by badmintoncryer/cdk-preflight,
/// `pf-eks-fargate-name-charset`).
pub(crate) fn check(name: &str, characters: NameCharacters) -> Result<(), ApiError> {
    if name.is_empty() {
        return Err(ApiError::invalid_parameter("The Fargate profile name parameter is required."));
    }
    if name.chars().count() > 100 {
        return Err(ApiError::invalid_parameter(
            "The Fargate profile name parameter should not be greater than 100 characters.",
        ));
    }
    if name.starts_with("eks-") {
        return Err(ApiError::invalid_parameter("The fargate profile name starts with the reserved prefix: 'eks-'."));
    }
    let first_fits = |first: char| match characters {
        NameCharacters::LikeClusters => first.is_alphanumeric(),
        NameCharacters::LetterFirst => first.is_alphabetic(),
        NameCharacters::Any => true,
    };
    let fits = |c: char| characters == NameCharacters::Any || c.is_alphanumeric() || c == '-' || c == '_';
    if name.starts_with(first_fits) && name.chars().all(fits) {
        Ok(())
    } else {
        Err(ApiError::invalid_parameter(
            "The Fargate profile name parameter contains invalid characters. It should begin with letter or digit and can have \
             any of the following characters: the set of Unicode letters, digits, hyphens and underscores.",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{NameCharacters, check};

    #[test]
    fn the_length_is_at_most_a_hundred_characters() {
        assert!(check(&"a".repeat(100), NameCharacters::Any).is_ok());
        let refused = check(&"a".repeat(101), NameCharacters::Any).map_err(|e| e.message);
        assert!(refused.is_err_and(|text| text.contains("not be greater than 100")));
    }

    #[test]
    fn the_allowed_characters_can_be_set_three_ways() {
        let allowed = |name| {
            [NameCharacters::LikeClusters, NameCharacters::LetterFirst, NameCharacters::Any]
                .map(|characters| check(name, characters).is_ok())
        };
        assert_eq!(allowed("web-9999"), [true, true, true]);
        assert_eq!(allowed("0-web-9999"), [true, false, true]);
        assert_eq!(allowed("läden_1"), [true, true, true]);
        assert_eq!(allowed("web 1"), [false, false, true]);
        assert_eq!(allowed("-web"), [false, false, true]);
        assert_eq!(allowed("eks-web"), [false, false, false]);
        assert_eq!(allowed(""), [false, false, false]);
    }
}
