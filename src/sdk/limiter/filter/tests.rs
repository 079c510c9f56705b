//! What a `where` means, and which ones are none.

use proptest::prelude::*;

use super::*;

fn scope<'s>(connection: &'s str, table: &'s str, function: &'s str) -> Scope<'s> {
    Scope { connection, table, function }
}

#[test]
fn conditions_are_compared_as_texts() {
    let call = scope("prod", "t_image", "listImages");
    for (filter, expected) in [
        ("connection = 'prod'", true),
        ("connection = 'Prod'", false),
        ("CONNECTION = 'prod'", true),
        ("\"connection\" = 'prod'", true),
        ("\"Connection\" = 'prod'", false),
        ("connection != 'prod'", false),
        ("connection<>'dev'", true),
        ("connection = ('prod')", true),
        ("connection = (('prod'))", true),
        ("table in ('t_image','t_network')", true),
        ("table in('t_network')", false),
        ("table not in ('t_network')", true),
        ("table NOT\tIN ('t_image' , 't_network')", false),
        ("function_name like 'list%'", true),
        ("function_name like 'List%'", false),
        ("function_name ilike 'LIST%'", true),
        ("function_name not like 'list_mages'", false),
        ("function_name not ilike 'get%'", true),
        ("table like 't\\_image'", true),
        ("table like '%'", true),
        // a key without a value compares as an empty text
        ("region = ''", true),
        ("region = 'eu'", false),
        ("region != 'eu'", true),
        ("region in ('', 'eu')", true),
        ("region like '_'", false),
        ("\"we\"\"ird\" = ''", true),
        // and binds closer than or
        ("connection = 'prod' or table = 'x' and table = 'y'", true),
        ("(connection = 'prod' or table = 'x') and table = 'y'", false),
        ("table = 'x' and table = 'y' or connection = 'prod'", true),
        ("connection = 'prod' AND table = 't_image' And region = ''", true),
        ("\n connection = 'prod'\r\n\tor table = 'x' ", true),
        ("((connection = 'prod'))", true),
        ("connection='prod'and table='t_image'", true),
    ] {
        let parsed = Filter::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
        assert_eq!(parsed.matches(call), expected, "{filter}");
    }
    let quote = Filter::parse("connection = 'it''s'").unwrap();
    assert!(quote.matches(scope("it's", "", "")));
    assert!(Filter::parse("connection ilike 'É%'").unwrap().matches(scope("été", "", "")));
}

#[test]
fn operators_of_other_types_are_refused() {
    for (filter, operator) in [
        ("connection < 'a'", "<"),
        ("connection <= 'a'", "<="),
        ("connection > 'a'", ">"),
        ("connection >= 'a'", ">="),
        ("connection is null", "is"),
        ("connection IS NOT null", "is not"),
        ("not connection = 'a'", "not"),
        ("connection = 'a' and not (table = 'b')", "not"),
        ("connection not 'a'", "not"),
        ("connection -> 'a' = 'b'", "->"),
        ("connection matches 'a'", "matches"),
        // found though the first half would decide
        ("connection = 'x' and table < 'a'", "<"),
    ] {
        let error = Filter::parse(filter).unwrap_err();
        assert_eq!(error, format!("invalid scope filter operator '{operator}'"), "{filter}");
    }
}

#[test]
fn what_is_no_condition_is_told_with_its_place() {
    for (filter, problem) in [
        (" ", "line 1, column 2: expected a scope key"),
        ("connection", "line 1, column 11: expected an operator"),
        ("connection and table = 'a'", "line 1, column 12: expected an operator, found and"),
        ("connection =", "line 1, column 13: expected a text in single quotes"),
        ("connection = prod", "line 1, column 14: expected a text in single quotes, found prod"),
        (
            "connection = \"prod\"",
            "line 1, column 14: expected a text in single quotes, found \"prod\"",
        ),
        (
            "connection = 'a' table = 'b'",
            "line 1, column 18: expected `and`, `or` or the end, found table",
        ),
        ("connection = 'a' and", "line 1, column 21: expected a scope key"),
        ("(connection = 'a'", "line 1, column 18: expected )"),
        ("connection = ('a'", "line 1, column 18: expected )"),
        ("connection = 'a')", "line 1, column 17: expected `and`, `or` or the end, found )"),
        ("connection in ()", "line 1, column 16: expected a text in single quotes, found )"),
        ("connection in 'a'", "line 1, column 15: expected ( and a list of texts, found 'a'"),
        ("connection in ('a',)", "line 1, column 20: expected a text in single quotes, found )"),
        ("'a' = connection", "line 1, column 1: expected a scope key, found 'a'"),
        ("connection\n  = 'a", "line 2, column 5: no ' ends this text"),
        ("\"a = 'b'", "line 1, column 1: no \" ends this text"),
        ("connection = 'é' ; x", "line 1, column 18: did not expect ;"),
        ("connection = 1", "line 1, column 14: did not expect 1"),
        ("connection like 'a\\'", "the pattern 'a\\' ends in a lone \\"),
    ] {
        let error = Filter::parse(filter).unwrap_err();
        assert_eq!(error, format!("failed to parse 'where' property: {problem}"), "{filter}");
    }
}

#[test]
fn depth_is_bounded_and_length_is_not() {
    let nested = |depth| format!("{}table = 'a'{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Filter::parse(&nested(100)).is_ok());
    for depth in [101, 100_000] {
        let error = Filter::parse(&nested(depth)).unwrap_err();
        assert!(error.ends_with("more than 100 parentheses in each other"), "{error}");
    }
    assert!(Filter::parse(&"(".repeat(100_000)).is_err());
    let value = format!("table = {}'a'{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(Filter::parse(&value).unwrap().matches(scope("", "a", "")));
    let long = vec!["table = 'b'"; 100_000].join(" or ");
    assert!(!Filter::parse(&long).unwrap().matches(scope("", "a", "")));
    let many = vec!["(table != 'b')"; 1000].join(" and ");
    assert!(Filter::parse(&many).unwrap().matches(scope("", "a", "")));
}

/// A condition, to be printed and to be judged without the parser.
#[derive(Debug, Clone)]
enum Expression {
    Compare(String, &'static str, Vec<String>),
    Group(Vec<Expression>, bool),
}

const OPERATORS: [&str; 9] =
    ["=", "!=", "<>", "in", "not in", "like", "ilike", "not like", "not ilike"];

fn expressions() -> impl Strategy<Value = Expression> {
    let key = prop::sample::select(vec!["connection", "table", "function_name", "other", "or x"]);
    let values = prop::collection::vec("[aB'%_é]{0,3}", 1..4);
    let operator = prop::sample::select(OPERATORS.to_vec());
    let compare = (key, operator, values)
        .prop_map(|(key, operator, values)| Expression::Compare(key.to_owned(), operator, values));
    compare.prop_recursive(4, 24, 3, |inner| {
        (prop::collection::vec(inner, 2..4), any::<bool>())
            .prop_map(|(members, all)| Expression::Group(members, all))
    })
}

impl Expression {
    fn print(&self, upper: bool) -> String {
        let word = |word: &str| if upper { word.to_uppercase() } else { word.to_owned() };
        let quoted = |value: &String| format!("'{}'", value.replace('\'', "''"));
        match self {
            Self::Compare(key, operator, values) => {
                let key = if key.contains(' ') { format!("\"{key}\"") } else { word(key) };
                let value = if operator.ends_with("in") {
                    format!("({})", values.iter().map(quoted).collect::<Vec<_>>().join(", "))
                } else {
                    quoted(&values[0])
                };
                format!("{key} {} {value}", word(operator))
            }
            Self::Group(members, all) => {
                let print = |member: &Self| match member {
                    Self::Group(_, inner) if *all && !inner => format!("({})", member.print(upper)),
                    _ => member.print(!upper),
                };
                let sign = word(if *all { " and " } else { " or " });
                members.iter().map(print).collect::<Vec<_>>().join(&sign)
            }
        }
    }

    fn holds(&self, scope: Scope<'_>) -> bool {
        match self {
            Self::Group(members, true) => members.iter().all(|member| member.holds(scope)),
            Self::Group(members, false) => members.iter().any(|member| member.holds(scope)),
            Self::Compare(key, operator, values) => {
                let value = match key.as_str() {
                    "connection" => scope.connection,
                    "table" => scope.table,
                    "function_name" => scope.function,
                    _ => "",
                };
                let small = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
                let exact = |text: &str| text.chars().collect::<Vec<_>>();
                match *operator {
                    "=" => value == values[0],
                    "!=" | "<>" => value != values[0],
                    "in" => values.iter().any(|other| other == value),
                    "not in" => values.iter().all(|other| other != value),
                    "like" => fits(&exact(value), &exact(&values[0])),
                    "not like" => !fits(&exact(value), &exact(&values[0])),
                    "ilike" => fits(&small(value), &small(&values[0])),
                    _ => !fits(&small(value), &small(&values[0])),
                }
            }
        }
    }
}

fn fits(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|taken| fits(&text[taken..], rest)),
        ['_', rest @ ..] => !text.is_empty() && fits(&text[1..], rest),
        [letter, rest @ ..] => text.first() == Some(letter) && fits(&text[1..], rest),
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_printed_condition_is_read_as_it_was_meant(
        expression in expressions(),
        upper in any::<bool>(),
        connection in "[aB'é]{0,3}",
        table in "[aB]{0,2}",
        function in "[aBb]{0,2}",
    ) {
        let scope = scope(&connection, &table, &function);
        let text = expression.print(upper);
        let filter = Filter::parse(&text).map_err(TestCaseError::fail)?;
        prop_assert_eq!(filter.matches(scope), expression.holds(scope), "{}", text);
    }

    #[test]
    fn no_text_is_a_panic(text in any::<String>()) {
        let _ = Filter::parse(&text);
    }

    #[test]
    fn no_mix_of_pieces_is_a_panic(pieces in prop::collection::vec(
        prop::sample::select(vec![
            "table", "\"a\"", "'b'", "'", "\"", "(", ")", ",", "=", "<>", "and", "or", "not", "in",
            "like", "is", " ", "\n", "é", "->", "''",
        ]),
        0..20,
    )) {
        if let Ok(filter) = Filter::parse(&pieces.concat()) {
            filter.matches(scope("a", "b", "c"));
        }
    }
}
