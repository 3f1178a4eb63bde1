//! A scanner for Code 128, written from the symbology's table and not from the crate that draws it.

/// Bar and space widths of the values 0 to 105.
const WIDTHS: &str = "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 \
    122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 \
    212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 \
    113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 \
    431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 \
    241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 \
    131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 211232";
const STOP: [usize; 6] = [2, 3, 3, 1, 1, 1];

/// What one row of gray pixels says, and how many pixels a module has; `None` when there is no barcode in it.
pub fn scan(row: &[u8]) -> Option<(String, usize)> {
    let table: Vec<Vec<usize>> =
        WIDTHS.split_whitespace().map(|w| w.bytes().map(|b| usize::from(b - b'0')).collect()).collect();
    let mut runs: Vec<(bool, usize)> = Vec::new();
    for dark in row.iter().map(|gray| *gray < 128) {
        match runs.last_mut() {
            Some((same, length)) if *same == dark => *length += 1,
            _ => runs.push((dark, 1)),
        }
    }
    (1..runs.len()).filter(|at| runs[*at].0).find_map(|at| read(&table, &runs, at))
}

fn read(table: &[Vec<usize>], runs: &[(bool, usize)], start: usize) -> Option<(String, usize)> {
    let sign = |at: usize| -> Option<Vec<usize>> { Some(runs.get(at..at + 6)?.iter().map(|run| run.1).collect()) };
    let total: usize = sign(start)?.iter().sum();
    let module = total / 11;
    if module == 0 || !total.is_multiple_of(11) || runs[start - 1].1 < 10 * module {
        return None; // no start, or no quiet zone before it
    }
    let mut values = Vec::new();
    let mut at = start;
    loop {
        let widths: Vec<usize> = sign(at)?.iter().map(|pixels| pixels / module).collect();
        if widths == STOP {
            break;
        }
        values.push(table.iter().position(|known| *known == widths)?);
        at += 6;
    }
    let quiet = runs.get(at + 7).is_some_and(|run| !run.0 && run.1 >= 10 * module);
    let (check, data) = values.split_last()?;
    let sum = data.iter().enumerate().map(|(i, value)| i.max(1) * value).sum::<usize>() % 103;
    (quiet && sum == *check).then(|| decode(data)).flatten().map(|text| (text, module))
}

fn decode(values: &[usize]) -> Option<String> {
    let (start, data) = values.split_first()?;
    let mut in_pairs = match start {
        104 => false,
        105 => true,
        _ => return None,
    };
    let mut text = String::new();
    for value in data {
        match (in_pairs, value) {
            (true, 0..=99) => text += &format!("{value:02}"),
            (true, 100) => in_pairs = false,
            (false, 99) => in_pairs = true,
            (false, 0..=94) => text.push(char::from(b' ' + u8::try_from(*value).ok()?)),
            _ => return None,
        }
    }
    Some(text)
}
