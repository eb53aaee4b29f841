//! Words of a query statement with their positions.

use super::super::Fault;

/// One word of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) text: String,
    line: usize,
    column: usize,
}

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A name, possibly dotted.
    Word,
    Text,
    Number,
    /// An operator or punctuation.
    Symbol,
    End,
}

impl Token {
    /// The fault for a word where the grammar wants another, in the service's wording.
    pub(super) fn unexpected(&self) -> Fault {
        let name = match self.kind {
            TokenKind::Word => "<IDENTIFIER> ",
            TokenKind::Text => "<STRING> ",
            TokenKind::Number => "<NUMBER> ",
            TokenKind::Symbol => "",
            TokenKind::End => {
                return Fault::query_syntax(format!(
                    "Encountered \"<EOF>\" at line {}, column {}.",
                    self.line, self.column
                ));
            }
        };
        Fault::query_syntax(format!(
            "Encountered \" {name}\"{} \"\" at line {}, column {}.",
            self.text, self.line, self.column
        ))
    }

    /// Whether this is the keyword, in any case.
    pub(super) fn is(&self, keyword: &str) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Symbol)
            && self.text.eq_ignore_ascii_case(keyword)
    }
}

/// Splits a statement; the last token is always the end.
pub(super) fn tokens(statement: &str) -> Result<Vec<Token>, Fault> {
    let characters: Vec<char> = statement.chars().collect();
    let mut tokens = Vec::new();
    let (mut at, mut line, mut start_of_line) = (0, 1, 0);
    while let Some(&character) = characters.get(at) {
        let column = at - start_of_line + 1;
        if character.is_whitespace() {
            at += 1;
            if character == '\n' {
                (line, start_of_line) = (line + 1, at);
            }
            continue;
        }
        let (kind, text, length) = token(&characters[at..]).ok_or_else(|| {
            Fault::query_syntax(format!(
                "Lexical error at line {line}, column {column}.  Encountered: \"{character}\""
            ))
        })?;
        tokens.push(Token { kind, text, line, column });
        at += length;
    }
    tokens.push(Token {
        kind: TokenKind::End,
        text: String::new(),
        line,
        column: at - start_of_line + 1,
    });
    Ok(tokens)
}

fn token(rest: &[char]) -> Option<(TokenKind, String, usize)> {
    let first = *rest.first()?;
    let take = |belongs: fn(char) -> bool| {
        rest.iter().copied().take_while(|character| belongs(*character)).collect::<String>()
    };
    if first == '\'' {
        let (text, length) = quoted(rest)?;
        return Some((TokenKind::Text, text, length));
    }
    if first.is_alphabetic() || first == '_' {
        let text = take(|character| character.is_alphanumeric() || matches!(character, '_' | '.'));
        let length = text.chars().count();
        return Some((TokenKind::Word, text, length));
    }
    if first.is_ascii_digit()
        || (matches!(first, '-' | '+' | '.') && rest.get(1).is_some_and(char::is_ascii_digit))
    {
        let text =
            take(|character| character.is_ascii_digit() || matches!(character, '.' | '-' | '+'));
        let length = text.chars().count();
        return Some((TokenKind::Number, text, length));
    }
    for symbol in ["<=", ">=", "!=", "<>"] {
        if rest.len() > 1 && rest[..2].iter().collect::<String>() == symbol {
            return Some((TokenKind::Symbol, symbol.to_owned(), 2));
        }
    }
    "=<>(),*".contains(first).then(|| (TokenKind::Symbol, first.to_string(), 1))
}

/// A quoted value; a backslash takes the next character as it is.
fn quoted(rest: &[char]) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut at = 1;
    loop {
        match *rest.get(at)? {
            '\'' => return Some((text, at + 1)),
            '\\' => {
                text.push(*rest.get(at + 1)?);
                at += 2;
            }
            character => {
                text.push(character);
                at += 1;
            }
        }
    }
}
