//! The functions of sets: union, intersection, difference, product. A set is an ordered list without repetitions.
//! Must not know how values become one type.

use hcl::Value;

use super::arguments::Arguments;
use super::{Function, Outcome, types};

pub(super) const FUNCTIONS: &[Function] =
    functions![setintersection(1..), setproduct(2..), setsubtract(2), setunion(1..)];

fn setunion(arguments: Arguments<'_>) -> Outcome {
    Ok(Value::Array(types::set(sets(arguments)?.concat())))
}

fn setintersection(arguments: Arguments<'_>) -> Outcome {
    let mut sets = sets(arguments)?;
    let mut common = sets.swap_remove(0);
    common.retain(|value| sets.iter().all(|set| set.contains(value)));
    Ok(Value::Array(types::set(common)))
}

fn setsubtract(arguments: Arguments<'_>) -> Outcome {
    let mut sets = sets(arguments)?;
    let mut left = sets.swap_remove(0);
    left.retain(|value| !sets.iter().any(|set| set.contains(value)));
    Ok(Value::Array(types::set(left)))
}

fn setproduct(arguments: Arguments<'_>) -> Outcome {
    let mut rows = vec![Vec::new()];
    for position in 0..arguments.count() {
        let values = arguments.unified(position)?;
        let longer = |row: &Vec<Value>| -> Vec<Vec<Value>> {
            values
                .iter()
                .map(|value| [row.as_slice(), std::slice::from_ref(value)].concat())
                .collect()
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    Ok(rows.into_iter().map(Value::Array).collect())
}

/// The arguments as lists whose elements, of all lists together, are of one type.
fn sets(arguments: Arguments<'_>) -> Result<Vec<Vec<Value>>, String> {
    let lists = (0..arguments.count())
        .map(|position| arguments.list(position).map(<[Value]>::to_vec))
        .collect::<Result<Vec<_>, _>>()?;
    let all =
        types::unify(&lists.concat()).ok_or("the elements of all sets must be of one type")?;
    let mut all = all.into_iter();
    Ok(lists.iter().map(|list| all.by_ref().take(list.len()).collect()).collect())
}
