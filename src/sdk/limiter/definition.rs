//! What a rate limiter is: by name, how many calls it allows, and which ones it is about.
//! It must not know what is under way.

/// A rate limiter that a plugin brings along, as data. Users replace it by one of the same name.
#[derive(Debug, Clone, Copy)]
pub struct Limiter {
    /// Letters, digits, `_` and `-`, not starting with a digit.
    pub name: &'static str,
    /// Calls a second; 0 is no such limit.
    pub fill_rate: f32,
    /// How many calls may start at once after a pause.
    pub bucket_size: i64,
    /// How many hydrate calls may be under way at once; 0 is no such limit.
    pub max_concurrency: i64,
    /// The scope keys that tell its instances apart; it is about calls that have a value for each.
    pub scope: &'static [&'static str],
    /// Of these, which calls it is about; empty for all.
    pub filter: &'static str,
}

impl Limiter {
    /// One that limits nothing: `Limiter { name: "slow", fill_rate: 5.0, bucket_size: 5, ..Limiter::NONE }`.
    pub const NONE: Self = Self {
        name: "",
        fill_rate: 0.0,
        bucket_size: 0,
        max_concurrency: 0,
        scope: &[],
        filter: "",
    };
}

/// A rate limiter as hosts tell it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Definition {
    /// What users and diagnostics call it.
    pub name: String,
    /// Calls a second; 0 is no such limit.
    pub fill_rate: f32,
    /// How many calls may start at once after a pause.
    pub bucket_size: i64,
    /// How many hydrate calls may be under way at once; 0 is no such limit.
    pub max_concurrency: i64,
    /// The scope keys that tell its instances apart; it is about calls that have a value for each.
    pub scope: Vec<String>,
    /// Of these, which calls it is about, the `where` of its block; empty for all.
    pub filter: String,
}

impl From<&Limiter> for Definition {
    fn from(limiter: &Limiter) -> Self {
        Self {
            name: limiter.name.to_owned(),
            fill_rate: limiter.fill_rate,
            bucket_size: limiter.bucket_size,
            max_concurrency: limiter.max_concurrency,
            scope: limiter.scope.iter().map(|&key| key.to_owned()).collect(),
            filter: limiter.filter.to_owned(),
        }
    }
}

impl Definition {
    /// Why the numbers are none that can be kept to, if they are not.
    pub(super) fn check_numbers(&self) -> Result<(), String> {
        let Self { fill_rate, bucket_size, max_concurrency, .. } = self;
        if !fill_rate.is_finite() || *fill_rate < 0.0 {
            return Err(format!("fill_rate must be a number of calls a second, not {fill_rate}"));
        }
        if *bucket_size < 0 {
            return Err(format!("bucket_size must not be negative, as {bucket_size} is"));
        }
        if *fill_rate > 0.0 && *bucket_size == 0 {
            return Err(format!("with fill_rate {fill_rate}, bucket_size must be 1 or more"));
        }
        if *max_concurrency < 0 {
            return Err(format!("max_concurrency must not be negative, as {max_concurrency} is"));
        }
        Ok(())
    }

    /// True if it limits something.
    pub(super) fn limits(&self) -> bool {
        self.fill_rate > 0.0 || self.max_concurrency > 0
    }
}
