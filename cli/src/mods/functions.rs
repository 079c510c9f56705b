//! The functions an expression of a mod may call: their names, how many arguments each takes, what each answers.
//! Must not know files, the environment or mods: the functions that need those, or laziness, are declared elsewhere.

use hcl::Value;
use hcl::eval::{Context, Func, FuncDef, ParamType};

/// What a function answers: a value, or why it has none.
type Outcome = Result<Value, String>;

/// One function as its kind lists it.
struct Function {
    name: &'static str,
    /// The fewest arguments it takes.
    least: usize,
    /// The most arguments it takes.
    most: usize,
    call: Func,
}

/// Lists functions by name and number of arguments: `upper(1)`, `range(1..3)`, `max(1..)`.
macro_rules! functions {
    ($($name:ident($least:literal $(.. $($most:literal)?)?)),* $(,)?) => {
        &[$(Function {
            name: stringify!($name),
            least: $least,
            most: functions!(@most $least $(.. $($most)?)?),
            call: |values| $name(Arguments::new(&values, functions!(@most $least $(.. $($most)?)?))?),
        }),*]
    };
    (@most $least:literal) => { $least };
    (@most $least:literal ..) => { usize::MAX };
    (@most $least:literal .. $most:literal) => { $most };
}

mod arguments;
mod collections;
mod conversions;
mod digests;
mod encoding;
mod format;
mod network;
mod numbers;
mod sets;
mod text;
mod time;
mod types;
mod yaml;

#[cfg(test)]
mod tests;

/// Every function of this folder, by kind.
const KINDS: [&[Function]; 10] = [
    collections::FUNCTIONS,
    conversions::FUNCTIONS,
    digests::FUNCTIONS,
    encoding::FUNCTIONS,
    format::FUNCTIONS,
    network::FUNCTIONS,
    numbers::FUNCTIONS,
    sets::FUNCTIONS,
    text::FUNCTIONS,
    time::FUNCTIONS,
];

/// Makes every function of this folder callable in `context`.
pub(crate) fn declare(context: &mut Context<'_>) {
    for function in KINDS.into_iter().flatten() {
        let parameters = FuncDef::builder().params(vec![ParamType::Any; function.least]);
        // the function itself refuses arguments beyond its most: the builder knows no upper bound
        let parameters = if function.most > function.least {
            parameters.variadic_param(ParamType::Any)
        } else {
            parameters
        };
        context.declare_func(function.name, parameters.build(function.call));
    }
}
