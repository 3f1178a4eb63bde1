//! Schedule expressions of EventBridge Scheduler. Neither SAM nor cfn-lint looks inside them, and a bad one fails only
//! when it is deployed.

/// Is this a valid expression?
///
/// # Errors
/// What is wrong with it.
pub fn check(expression: &str) -> Result<(), String> {
    let inner = |name: &str| expression.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    let checked = if let Some(rate) = inner("rate") {
        check_rate(rate)
    } else if let Some(cron) = inner("cron") {
        check_cron(cron)
    } else {
        Err("it is neither rate(...) nor cron(...)".to_owned())
    };
    checked.map_err(|what| format!("{expression}: {what}"))
}

fn check_rate(rate: &str) -> Result<(), String> {
    let (value, unit) = rate.split_once(' ').ok_or("a rate is a number and a unit")?;
    let value: u32 = value.parse().map_err(|_| "a rate is a whole number")?;
    let units = if value == 1 { ["minute", "hour", "day"] } else { ["minutes", "hours", "days"] };
    if value == 0 || !units.contains(&unit) {
        return Err(format!("the unit is one of {units:?}, the number at least 1"));
    }
    Ok(())
}

const MONTHS: &[&str] = &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

fn check_cron(cron: &str) -> Result<(), String> {
    let fields: Vec<&str> = cron.split(' ').collect();
    let [minutes, hours, day_of_month, month, day_of_week, year] = fields[..] else {
        return Err(format!("{} fields instead of six", fields.len()));
    };
    if (day_of_month == "?") == (day_of_week == "?") {
        return Err("one of day of month and day of week is `?`, and only one".to_owned());
    }
    check_field("minutes", minutes, (0, 59), &[])?;
    check_field("hours", hours, (0, 23), &[])?;
    check_field("month", month, (1, 12), MONTHS)?;
    check_field("year", year, (1970, 2199), &[])?;
    if day_of_month != "?" && day_of_month != "L" {
        check_field("day of month", day_of_month, (1, 31), &[])?;
    }
    if day_of_week != "?" && day_of_week != "L" {
        check_field("day of week", day_of_week, (1, 7), DAYS)?;
    }
    Ok(())
}

/// Lists, ranges and steps: `0,12`, `1-5`, `*/15`, `MON-FRI`.
fn check_field(name: &str, field: &str, (low, high): (u32, u32), names: &[&str]) -> Result<(), String> {
    let value = |text: &str| -> Result<u32, String> {
        let by_name = names.iter().position(|known| *known == text).and_then(|place| u32::try_from(place).ok());
        let number = by_name.map(|place| place + low).or_else(|| text.parse().ok());
        number.filter(|n| (low..=high).contains(n)).ok_or_else(|| format!("{name}: {text:?} is not {low} to {high}"))
    };
    for part in field.split(',') {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        if step.is_some_and(|step| step.parse::<u32>().map_or(true, |n| n == 0)) {
            return Err(format!("{name}: {part:?} has no step"));
        }
        if range == "*" {
            continue;
        }
        match range.split_once('-') {
            Some((from, to)) if value(from)? > value(to)? => return Err(format!("{name}: {range:?} runs backwards")),
            Some(_) => {}
            None => drop(value(range)?),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_the_scheduler_takes_is_taken() {
        for good in [
            "rate(1 minute)",
            "rate(5 minutes)",
            "rate(1 hour)",
            "cron(0 0,12 * * ? *)",
            "cron(30 3 * * ? *)",
            "cron(0/15 8-17 ? * MON-FRI *)",
            "cron(0 0 L * ? 2027)",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn what_fails_only_at_deployment_is_refused_here() {
        for bad in [
            "",
            "5 minutes",
            "rate(5 minute)",
            "rate(1 minutes)",
            "rate(0 minutes)",
            "rate(5 seconds)",
            "cron(0 0,12 * * *)",
            "cron(0 0,12 * * * *)",
            "cron(0 24 * * ? *)",
            "cron(60 0 * * ? *)",
            "cron(0 0 ? * ? *)",
            "cron(0 12-8 * * ? *)",
            "cron(0/0 0 * * ? *)",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
