//! The limits on an expression's text, checked before the parser sees it.
//!
//! The parser descends once for each bracket, chained operator and conditional, with large frames,
//! and cannot be stopped on its way. So this scanner bounds how deep it can go. It reads strings
//! and comments as CEL's lexer does, so that nothing in them counts and nothing hides in them.

use super::expression::ExpressionError;

/// The longest text of an expression, in bytes.
pub(super) const TEXT_BYTES_MAX: usize = 16 * 1024;
/// The most brackets inside one another.
pub(super) const BRACKETS_MAX: usize = 32;
/// The most operators, selections and conditionals that can stand inside one another: an upper
/// bound, counted from the innermost bracket outward.
pub(super) const CHAIN_MAX: usize = 200;

/// One open bracket (or the whole text) and what has been chained in it so far.
struct Level {
    open: u8,
    at: usize,
    /// Operators since the last `&&`, `||` or comma: these make a wider tree, not a deeper one.
    operators: usize,
    /// Conditionals since the last comma: each one's last branch holds the next.
    conditionals: usize,
}

impl Level {
    const fn new(open: u8, at: usize) -> Self {
        Self {
            open,
            at,
            operators: 0,
            conditionals: 0,
        }
    }
}

/// Checks length, brackets, strings and depth of `text`.
pub(super) fn check(text: &str) -> Result<(), ExpressionError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(ExpressionError::new(
            0,
            format!(
                "the expression has {} bytes, more than {TEXT_BYTES_MAX}",
                text.len()
            ),
        )
        .with_hint("split it into several"));
    }
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
        levels: vec![Level::new(0, 0)],
        chained: 0,
        empty: true,
    };
    while scanner.at < scanner.bytes.len() {
        scanner.step()?;
    }
    if let [_, .., open] = scanner.levels.as_slice() {
        return Err(ExpressionError::new(
            open.at,
            format!("'{}' is never closed", char::from(open.open)),
        ));
    }
    if scanner.empty {
        return Err(ExpressionError::new(
            0,
            "the expression is empty".to_owned(),
        ));
    }
    Ok(())
}

struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    levels: Vec<Level>,
    /// The sum over all levels of what is chained in each.
    chained: usize,
    empty: bool,
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Reads one token.
    fn step(&mut self) -> Result<(), ExpressionError> {
        let byte = self.peek(0);
        if byte.is_ascii_whitespace() {
            self.at += 1;
            return Ok(());
        }
        if byte == b'/' && self.peek(1) == b'/' {
            while self.at < self.bytes.len() && self.peek(0) != b'\n' {
                self.at += 1;
            }
            return Ok(());
        }
        self.empty = false;
        match byte {
            b'\'' | b'"' => return self.string(false),
            b'(' | b'[' | b'{' => return self.open(byte),
            b')' | b']' | b'}' => return self.close(byte),
            b',' => self.widen(true),
            b'&' | b'|' if self.peek(1) == byte => {
                self.widen(false);
                self.at += 1;
            }
            b'?' => return self.deepen(|level| level.conditionals += 1),
            b'=' | b'<' | b'>' | b'!' if self.peek(1) == b'=' => {
                self.at += 1;
                return self.deepen(|level| level.operators += 1);
            }
            b'.' | b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>' | b'!' => {
                return self.deepen(|level| level.operators += 1);
            }
            _ if byte.is_ascii_alphanumeric() || byte == b'_' => return self.word(),
            _ => {}
        }
        self.at += 1;
        Ok(())
    }

    fn level(&mut self) -> &mut Level {
        self.levels
            .last_mut()
            .expect("the whole text is a level that is never closed")
    }

    fn deepen(&mut self, count: impl Fn(&mut Level)) -> Result<(), ExpressionError> {
        count(self.level());
        self.chained += 1;
        if self.chained > CHAIN_MAX {
            return Err(ExpressionError::new(
                self.at,
                format!("more than {CHAIN_MAX} operators inside one another"),
            )
            .with_hint("split the expression into several"));
        }
        self.at += 1;
        Ok(())
    }

    fn widen(&mut self, comma: bool) {
        let level = self.level();
        let mut gone = std::mem::take(&mut level.operators);
        if comma {
            gone += std::mem::take(&mut level.conditionals);
        }
        self.chained -= gone;
    }

    fn open(&mut self, bracket: u8) -> Result<(), ExpressionError> {
        if self.levels.len() > BRACKETS_MAX {
            return Err(ExpressionError::new(
                self.at,
                format!("more than {BRACKETS_MAX} brackets inside one another"),
            )
            .with_hint("split the expression into several"));
        }
        let level = Level::new(bracket, self.at);
        self.deepen(|level| level.operators += 1)?;
        self.levels.push(level);
        Ok(())
    }

    fn close(&mut self, bracket: u8) -> Result<(), ExpressionError> {
        let level = self.level();
        let closes = matches!(
            (level.open, bracket),
            (b'(', b')') | (b'[', b']') | (b'{', b'}')
        );
        if !closes {
            let message = if level.open == 0 {
                format!("'{}' closes nothing", char::from(bracket))
            } else {
                format!(
                    "'{}' does not close '{}'",
                    char::from(bracket),
                    char::from(level.open)
                )
            };
            return Err(ExpressionError::new(self.at, message));
        }
        let gone = level.operators + level.conditionals;
        self.chained -= gone;
        self.levels.pop();
        self.at += 1;
        Ok(())
    }

    /// Reads an identifier, a number, or the prefix of a string.
    fn word(&mut self) -> Result<(), ExpressionError> {
        let start = self.at;
        while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'_' {
            self.at += 1;
        }
        let word = &self.bytes[start..self.at];
        if matches!(self.peek(0), b'\'' | b'"') {
            match word {
                b"r" | b"R" | b"br" | b"bR" | b"Br" | b"BR" => return self.string(true),
                b"b" | b"B" => return self.string(false),
                _ => {}
            }
        }
        if word == b"in" {
            self.at -= 1;
            return self.deepen(|level| level.operators += 1);
        }
        Ok(())
    }

    /// Reads a string, from its opening quote.
    fn string(&mut self, raw: bool) -> Result<(), ExpressionError> {
        let start = self.at;
        let quote = self.peek(0);
        let triple = self.peek(1) == quote && self.peek(2) == quote;
        self.at += if triple { 3 } else { 1 };
        while self.at < self.bytes.len() {
            let byte = self.peek(0);
            if byte == b'\\' && !raw {
                self.escape()?;
            } else if byte == quote && !triple {
                self.at += 1;
                return Ok(());
            } else if byte == quote && self.peek(1) == quote && self.peek(2) == quote {
                self.at += 3;
                return Ok(());
            } else if matches!(byte, b'\n' | b'\r') && !triple {
                break;
            } else {
                self.at += 1;
            }
        }
        Err(ExpressionError::new(
            start,
            "the string is never closed".to_owned(),
        ))
    }

    /// Reads an escape sequence. One that CEL does not know would end the string for its lexer.
    fn escape(&mut self) -> Result<(), ExpressionError> {
        let (digits, radix) = match self.peek(1) {
            b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'"' | b'\'' | b'\\' | b'?' | b'`' => {
                (0, 16)
            }
            b'x' | b'X' => (2, 16),
            b'u' => (4, 16),
            b'U' => (8, 16),
            b'0'..=b'3' => (2, 8),
            _ => (usize::MAX, 16),
        };
        let digit = |ahead: usize| char::from(self.peek(2 + ahead)).is_digit(radix);
        if digits == usize::MAX || !(0..digits).all(digit) {
            return Err(ExpressionError::new(
                self.at,
                "an escape sequence that CEL does not know".to_owned(),
            )
            .with_hint("write \\\\ for a backslash"));
        }
        self.at += 2 + digits;
        Ok(())
    }
}
