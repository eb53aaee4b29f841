//! The grammar of a query statement.

use super::{
    super::Fault,
    lexer::{Token, TokenKind, tokens},
};

/// A parsed statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Select {
    pub(super) columns: Columns,
    pub(super) entity: String,
    pub(super) conditions: Vec<Condition>,
    /// Property, and whether descending.
    pub(super) order: Vec<(String, bool)>,
    pub(super) start: Option<i64>,
    pub(super) most: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Columns {
    All,
    Count,
    Named(Vec<String>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) property: String,
    pub(super) comparison: Comparison,
    pub(super) negated: bool,
    pub(super) values: Vec<Literal>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Like,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    Text(String),
    Flag(bool),
    CurrentDate,
}

/// Parses a statement; `bare_numbers` accepts numbers without quotes.
pub(super) fn parse(statement: &str, bare_numbers: bool) -> Result<Select, Fault> {
    let mut parser = Parser { tokens: tokens(statement)?, at: 0, bare_numbers };
    let select = parser.select()?;
    match parser.peek().kind {
        TokenKind::End => Ok(select),
        _ => Err(parser.peek().unexpected()),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    bare_numbers: bool,
}

impl Parser {
    fn select(&mut self) -> Result<Select, Fault> {
        self.expect("SELECT")?;
        let columns = self.columns()?;
        self.expect("FROM")?;
        let entity = self.word()?;
        let mut conditions = Vec::new();
        if self.accept("WHERE") {
            conditions.push(self.condition()?);
            while self.accept("AND") {
                conditions.push(self.condition()?);
            }
        }
        let mut select =
            Select { columns, entity, conditions, order: Vec::new(), start: None, most: None };
        loop {
            if self.accept("ORDERBY")
                || (self.accept("ORDER") && {
                    self.expect("BY")?;
                    true
                })
            {
                select.order = self.order()?;
            } else if self.accept("STARTPOSITION") {
                select.start = Some(self.number()?);
            } else if self.accept("MAXRESULTS") {
                select.most = Some(self.number()?);
            } else {
                return Ok(select);
            }
        }
    }

    fn columns(&mut self) -> Result<Columns, Fault> {
        if self.accept("*") || self.peek().is("FROM") {
            return Ok(Columns::All);
        }
        let first = self.word()?;
        if first.eq_ignore_ascii_case("COUNT") && self.accept("(") {
            self.expect("*")?;
            self.expect(")")?;
            return Ok(Columns::Count);
        }
        let mut named = vec![self.whole_column(first)];
        while self.accept(",") {
            let next = self.word()?;
            named.push(self.whole_column(next));
        }
        Ok(if named.iter().any(|name| name == "*") { Columns::All } else { Columns::Named(named) })
    }

    /// `Line.*` asks for all of `Line`.
    fn whole_column(&mut self, name: String) -> String {
        match name.strip_suffix('.') {
            Some(whole) if self.accept("*") => whole.to_owned(),
            _ => name,
        }
    }

    fn condition(&mut self) -> Result<Condition, Fault> {
        let before = self.accept("NOT");
        let property = self.word()?;
        let negated = self.accept("NOT") || before;
        let token = self.next();
        let comparison = match token.text.to_ascii_uppercase().as_str() {
            "=" => Comparison::Equal,
            "!=" | "<>" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            "IN" => Comparison::In,
            "LIKE" => Comparison::Like,
            _ => return Err(token.unexpected()),
        };
        if matches!(token.kind, TokenKind::Text | TokenKind::Number) {
            return Err(token.unexpected());
        }
        let values =
            if comparison == Comparison::In { self.list()? } else { vec![self.literal()?] };
        Ok(Condition { property, comparison, negated, values })
    }

    fn list(&mut self) -> Result<Vec<Literal>, Fault> {
        self.expect("(")?;
        let mut values = vec![self.literal()?];
        while self.accept(",") {
            values.push(self.literal()?);
        }
        self.expect(")")?;
        Ok(values)
    }

    fn literal(&mut self) -> Result<Literal, Fault> {
        let token = self.next();
        match token.kind {
            TokenKind::Text => Ok(Literal::Text(token.text)),
            TokenKind::Number if self.bare_numbers => Ok(Literal::Text(token.text)),
            TokenKind::Word if token.is("true") => Ok(Literal::Flag(true)),
            TokenKind::Word if token.is("false") => Ok(Literal::Flag(false)),
            TokenKind::Word if token.is("CURRENT_DATE") => Ok(Literal::CurrentDate),
            _ => Err(token.unexpected()),
        }
    }

    fn order(&mut self) -> Result<Vec<(String, bool)>, Fault> {
        let mut order = Vec::new();
        loop {
            let property = self.word()?;
            let descending = self.accept("DESC");
            if !descending {
                self.accept("ASC");
            }
            order.push((property, descending));
            if !self.accept(",") {
                return Ok(order);
            }
        }
    }

    fn number(&mut self) -> Result<i64, Fault> {
        let token = self.next();
        let number = (token.kind == TokenKind::Number).then(|| token.text.parse().ok()).flatten();
        number.ok_or_else(|| token.unexpected())
    }

    fn word(&mut self) -> Result<String, Fault> {
        let token = self.next();
        if token.kind == TokenKind::Word { Ok(token.text) } else { Err(token.unexpected()) }
    }

    fn expect(&mut self, keyword: &str) -> Result<(), Fault> {
        if self.accept(keyword) { Ok(()) } else { Err(self.peek().unexpected()) }
    }

    fn accept(&mut self, keyword: &str) -> bool {
        let accepted = self.peek().is(keyword);
        self.at += usize::from(accepted);
        accepted
    }

    fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }
}
