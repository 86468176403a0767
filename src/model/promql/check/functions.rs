//! PromQL's functions: what they take and give.

use super::operators::Type;

/// A function's signature.
#[derive(Debug, Clone, Copy)]
pub(super) struct Function {
    pub(super) name: &'static str,
    /// One letter an argument: `m` range, `v` vector, `s` number, `t` text.
    arguments: &'static str,
    /// How many of the last arguments may be left out or repeated: 0 none, -1 any number of times.
    optional: i8,
    pub(super) gives: Type,
}

impl Function {
    /// The fewest and the most arguments it takes.
    pub(super) fn arity(&self) -> (usize, usize) {
        let count = self.arguments.len();
        match self.optional {
            0 => (count, count),
            optional => {
                let least = count.saturating_sub(1);
                (least, usize::try_from(optional).map_or(usize::MAX, |optional| least + optional))
            }
        }
    }

    /// The type of argument `index`; the last one's repeats.
    pub(super) fn argument(&self, index: usize) -> Option<Type> {
        let letters = self.arguments.as_bytes();
        letters.get(index).or(letters.last()).map(|letter| match letter {
            b'm' => Type::Range,
            b's' => Type::Number,
            b't' => Type::Text,
            _ => Type::Vector,
        })
    }
}

/// The function of this name; names are case-sensitive.
pub(super) fn function(name: &str) -> Option<Function> {
    all().find(|function| function.name == name)
}

/// Every function.
pub(super) fn all() -> impl Iterator<Item = Function> {
    const NUMBERS: [(&str, &str, i8); 9] = [
        ("end", "", 0),
        ("max_of", "ss", 0),
        ("min_of", "ss", 0),
        ("pi", "", 0),
        ("range", "", 0),
        ("scalar", "v", 0),
        ("start", "", 0),
        ("step", "", 0),
        ("time", "", 0),
    ];
    let numbers = NUMBERS.into_iter().map(|entry| (entry, Type::Number));
    let vectors = VECTORS.into_iter().map(|entry| (entry, Type::Vector));
    numbers.chain(vectors).map(|((name, arguments, optional), gives)| Function {
        name,
        arguments,
        optional,
        gives,
    })
}

const VECTORS: [(&str, &str, i8); 83] = [
    ("abs", "v", 0),
    ("absent", "v", 0),
    ("absent_over_time", "m", 0),
    ("acos", "v", 0),
    ("acosh", "v", 0),
    ("asin", "v", 0),
    ("asinh", "v", 0),
    ("atan", "v", 0),
    ("atanh", "v", 0),
    ("avg_over_time", "m", 0),
    ("ceil", "v", 0),
    ("changes", "m", 0),
    ("clamp", "vss", 0),
    ("clamp_max", "vs", 0),
    ("clamp_min", "vs", 0),
    ("cos", "v", 0),
    ("cosh", "v", 0),
    ("count_over_time", "m", 0),
    ("day_of_month", "v", 1),
    ("day_of_week", "v", 1),
    ("day_of_year", "v", 1),
    ("days_in_month", "v", 1),
    ("deg", "v", 0),
    ("delta", "m", 0),
    ("deriv", "m", 0),
    ("double_exponential_smoothing", "mss", 0),
    ("exp", "v", 0),
    ("first_over_time", "m", 0),
    ("floor", "v", 0),
    ("histogram_avg", "v", 0),
    ("histogram_count", "v", 0),
    ("histogram_fraction", "ssv", 0),
    ("histogram_quantile", "sv", 0),
    ("histogram_quantiles", "vtss", 9),
    ("histogram_stddev", "v", 0),
    ("histogram_stdvar", "v", 0),
    ("histogram_sum", "v", 0),
    ("holt_winters", "mss", 0),
    ("hour", "v", 1),
    ("idelta", "m", 0),
    ("increase", "m", 0),
    ("info", "vv", 1),
    ("integral", "ms", 1),
    ("irate", "m", 0),
    ("label_join", "vttt", -1),
    ("label_replace", "vtttt", 0),
    ("last_over_time", "m", 0),
    ("ln", "v", 0),
    ("log10", "v", 0),
    ("log2", "v", 0),
    ("mad_over_time", "m", 0),
    ("max_over_time", "m", 0),
    ("min_over_time", "m", 0),
    ("minute", "v", 1),
    ("month", "v", 1),
    ("predict_linear", "ms", 0),
    ("present_over_time", "m", 0),
    ("quantile_over_time", "sm", 0),
    ("rad", "v", 0),
    ("rate", "m", 0),
    ("resets", "m", 0),
    ("round", "vs", 1),
    ("sgn", "v", 0),
    ("sin", "v", 0),
    ("sinh", "v", 0),
    ("sort", "v", 0),
    ("sort_by_label", "vt", -1),
    ("sort_by_label_desc", "vt", -1),
    ("sort_desc", "v", 0),
    ("sqrt", "v", 0),
    ("start_timestamp", "v", 0),
    ("stddev_over_time", "m", 0),
    ("stdvar_over_time", "m", 0),
    ("sum_over_time", "m", 0),
    ("tan", "v", 0),
    ("tanh", "v", 0),
    ("timestamp", "v", 0),
    ("ts_of_first_over_time", "m", 0),
    ("ts_of_last_over_time", "m", 0),
    ("ts_of_max_over_time", "m", 0),
    ("ts_of_min_over_time", "m", 0),
    ("vector", "s", 0),
    ("year", "v", 1),
];
