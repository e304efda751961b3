//! As much JSON as the vectors need: lists, objects, plain strings and whole numbers.

#[derive(Clone, Debug)]
pub enum Value {
    Number(u64),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

impl Value {
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Object(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            other => panic!("{other:?} has no {key}"),
        }
    }

    pub fn number(&self, key: &str) -> usize {
        self.get(key).unwrap().whole()
    }

    pub fn whole(&self) -> usize {
        match self {
            Value::Number(number) => *number as usize,
            other => panic!("{other:?} is no number"),
        }
    }

    pub fn text(&self) -> &str {
        match self {
            Value::Text(text) => text,
            other => panic!("{other:?} is no text"),
        }
    }

    pub fn list(&self) -> &[Value] {
        match self {
            Value::List(values) => values,
            other => panic!("{other:?} is no list"),
        }
    }
}

pub fn parse(text: &str) -> Value {
    let mut rest = text.trim_start();
    let value = value(&mut rest);
    assert!(rest.trim().is_empty(), "text after the value: {rest}");
    value
}

fn value(rest: &mut &str) -> Value {
    *rest = rest.trim_start();
    match rest.chars().next() {
        Some('[') => Value::List(items(rest, ']', value)),
        Some('{') => Value::Object(items(rest, '}', |rest| {
            let key = string(rest);
            skip(rest, ':');
            (key, value(rest))
        })),
        Some('"') => Value::Text(string(rest)),
        _ => number(rest),
    }
}

/// What stands between an opening and a closing bracket, separated by commas.
fn items<T>(rest: &mut &str, close: char, item: impl Fn(&mut &str) -> T) -> Vec<T> {
    *rest = &rest[1..];
    let mut items = Vec::new();
    while !rest.trim_start().starts_with(close) {
        if !items.is_empty() {
            skip(rest, ',');
        }
        items.push(item(rest));
    }
    skip(rest, close);
    items
}

fn skip(rest: &mut &str, expected: char) {
    *rest = rest.trim_start().strip_prefix(expected).expect("malformed");
}

fn string(rest: &mut &str) -> String {
    skip(rest, '"');
    let (text, after) = rest.split_once('"').expect("unclosed string");
    assert!(!text.contains('\\'), "escapes are not needed here");
    *rest = after;
    text.to_string()
}

fn number(rest: &mut &str) -> Value {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    *rest = after;
    Value::Number(digits.parse().expect("whole number"))
}
