//! Reads a `where`: `or` binds less than `and`, and `and` less than a comparison or parentheses.
//! It must not know which keys there are.

use super::Filter;
use super::token::{Token, place, tokens};
use crate::sdk::qual::like;

/// Parentheses in parentheses: more are no honest condition, and would need a deep stack.
const MAX_DEPTH: usize = 100;

/// The condition that a text states.
pub(super) fn filter(text: &str) -> Result<Filter, String> {
    let tokens = tokens(text).map_err(malformed)?;
    let mut parser = Parser { text, tokens: &tokens, next: 0, depth: 0 };
    let filter = parser.any()?;
    match parser.peek() {
        None => Ok(filter),
        Some(Token::Sign(sign)) => Err(invalid(sign)),
        Some(_) => Err(parser.expected("`and`, `or` or the end")),
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: &'t [(usize, Token)],
    next: usize,
    depth: usize,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Filter, String> {
        let mut filters = vec![self.all()?];
        while self.take_word("or") {
            filters.push(self.all()?);
        }
        Ok(several(filters, Filter::Any))
    }

    fn all(&mut self) -> Result<Filter, String> {
        let mut filters = vec![self.comparison()?];
        while self.take_word("and") {
            filters.push(self.comparison()?);
        }
        Ok(several(filters, Filter::All))
    }

    fn comparison(&mut self) -> Result<Filter, String> {
        if self.take(&Token::Open) {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err(malformed(format!("more than {MAX_DEPTH} parentheses in each other")));
            }
            let filter = self.any()?;
            self.depth -= 1;
            self.close()?;
            return Ok(filter);
        }
        let key = match self.peek() {
            Some(Token::Word(word)) if word == "not" => return Err(invalid("not")),
            Some(Token::Word(name) | Token::Quoted(name)) => name.clone(),
            _ => return Err(self.expected("a scope key")),
        };
        self.next += 1;
        let operator = self.operator()?;
        let not = operator.starts_with("not ") || matches!(operator.as_str(), "!=" | "<>");
        match operator.as_str() {
            "=" | "!=" | "<>" => Ok(Filter::OneOf { key, values: vec![self.value()?], not }),
            "in" | "not in" => Ok(Filter::OneOf { key, values: self.list()?, not }),
            "like" | "not like" | "ilike" | "not ilike" => {
                let pattern = self.text()?;
                if like("", &pattern).is_none() {
                    return Err(malformed(format!("the pattern '{pattern}' ends in a lone \\")));
                }
                Ok(Filter::Like { key, pattern, any_case: operator.ends_with("ilike"), not })
            }
            other => Err(invalid(other)),
        }
    }

    /// The operator, in small letters; with its `not`, before or after it.
    fn operator(&mut self) -> Result<String, String> {
        let operator = match self.peek() {
            Some(Token::Sign(sign)) => (*sign).to_owned(),
            Some(Token::Word(word)) => word.clone(),
            _ => return Err(self.expected("an operator")),
        };
        self.next += 1;
        match operator.as_str() {
            "and" | "or" => {
                self.next -= 1;
                Err(self.expected("an operator"))
            }
            "is" if self.take_word("not") => Ok("is not".to_owned()),
            "not" => {
                for word in ["in", "like", "ilike"] {
                    if self.take_word(word) {
                        return Ok(format!("not {word}"));
                    }
                }
                Ok(operator)
            }
            _ => Ok(operator),
        }
    }

    /// A text, which may stand in parentheses.
    fn value(&mut self) -> Result<String, String> {
        let mut open = 0_usize;
        while self.take(&Token::Open) {
            open += 1;
        }
        let value = self.text()?;
        for _ in 0..open {
            self.close()?;
        }
        Ok(value)
    }

    fn list(&mut self) -> Result<Vec<String>, String> {
        if !self.take(&Token::Open) {
            return Err(self.expected("( and a list of texts"));
        }
        let mut values = vec![self.text()?];
        while self.take(&Token::Comma) {
            values.push(self.text()?);
        }
        self.close()?;
        Ok(values)
    }

    fn text(&mut self) -> Result<String, String> {
        let Some(Token::Text(text)) = self.peek() else {
            return Err(self.expected("a text in single quotes"));
        };
        let text = text.clone();
        self.next += 1;
        Ok(text)
    }

    fn close(&mut self) -> Result<(), String> {
        if self.take(&Token::Close) { Ok(()) } else { Err(self.expected(")")) }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.next += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(found)) if found == word);
        self.next += usize::from(found);
        found
    }

    fn expected(&self, what: &str) -> String {
        malformed(match self.tokens.get(self.next) {
            Some((at, token)) => {
                format!("{}: expected {what}, found {token}", place(self.text, *at))
            }
            None => format!("{}: expected {what}", place(self.text, self.text.len())),
        })
    }
}

fn several(mut filters: Vec<Filter>, group: fn(Vec<Filter>) -> Filter) -> Filter {
    match filters.pop() {
        Some(only) if filters.is_empty() => only,
        last => {
            filters.extend(last);
            group(filters)
        }
    }
}

fn malformed(problem: impl std::fmt::Display) -> String {
    format!("failed to parse 'where' property: {problem}")
}

fn invalid(operator: &str) -> String {
    format!("invalid scope filter operator '{operator}'")
}
