//! Kubernetes quantities: `500m`, `1.5`, `16Gi`, `2e3`.

/// The number that a quantity stands for, or `None` if it is not a quantity.
pub(super) fn value(quantity: &str) -> Option<f64> {
    let text = quantity.trim();
    // An exponent is part of the number. `E` alone is a suffix.
    if let Ok(number) = text.parse::<f64>() {
        return number.is_finite().then_some(number);
    }
    let digits = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-')))?;
    let (number, suffix) = text.split_at(digits);
    let factor = match suffix {
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024_f64,
        "Mi" => 1024_f64.powi(2),
        "Gi" => 1024_f64.powi(3),
        "Ti" => 1024_f64.powi(4),
        "Pi" => 1024_f64.powi(5),
        "Ei" => 1024_f64.powi(6),
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| number * factor)
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn quantities_are_numbers_with_a_suffix() {
        for (quantity, number) in [
            ("16", 16.0),
            ("1.5", 1.5),
            ("500m", 0.5),
            ("2e3", 2000.0),
            ("2E3", 2000.0),
            ("1E", 1e18),
            ("64Ki", 65536.0),
            ("2Gi", 2_147_483_648.0),
            ("3G", 3e9),
            ("0", 0.0),
        ] {
            assert_eq!(value(quantity), Some(number), "{quantity}");
        }
        for none in ["", "Gi", "1Xi", "inf", "NaN", "one"] {
            assert_eq!(value(none), None, "{none}");
        }
    }
}
