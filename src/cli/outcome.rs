//! How a command ends: the exit codes of the contract, and the words that go with them.

use super::terminal::Terminal;
use std::fmt;
use std::process::ExitCode;

/// The program ran, and an expectation or a comparison failed.
const NOT_HELD: u8 = 1;
/// The command line or an input file is wrong.
pub(super) const WRONG_INPUT: u8 = 2;
/// Disk, permissions.
pub(super) const MACHINE_FAILED: u8 = 3;

/// What came of a command that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Whatever was to hold, held.
    Held,
    /// An expectation or a comparison failed; what and why is printed already.
    NotHeld,
}

impl Verdict {
    /// [`Verdict::Held`] if `held`.
    pub(super) fn of(held: bool) -> Self {
        if held { Self::Held } else { Self::NotHeld }
    }
}

/// Why a command did not do its work.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The input is wrong, and what is wrong with it is printed already.
    Reported,
    /// The command line is wrong in a way that clap does not know.
    Usage {
        /// What is wrong.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// The machine did not let us.
    Machine(String),
}

impl Failure {
    /// A wrong command line without a hint.
    pub(super) fn usage(error: impl fmt::Display) -> Self {
        Self::Usage {
            message: error.to_string(),
            hint: None,
        }
    }

    /// A wrong command line, and what to do about it.
    pub(super) fn usage_with_hint(error: impl fmt::Display, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: error.to_string(),
            hint: Some(hint.into()),
        }
    }

    /// A failure of the machine.
    pub(super) fn machine(error: impl fmt::Display) -> Self {
        Self::Machine(error.to_string())
    }
}

/// The exit code of a command; the message of a failure goes to stderr.
pub(super) fn exit_code(outcome: Result<Verdict, Failure>, terminal: &mut Terminal) -> ExitCode {
    let code = match outcome {
        Ok(Verdict::Held) => return ExitCode::SUCCESS,
        Ok(Verdict::NotHeld) => NOT_HELD,
        Err(Failure::Reported) => WRONG_INPUT,
        Err(Failure::Usage { message, hint }) => {
            terminal.error(&message, hint.as_deref());
            WRONG_INPUT
        }
        Err(Failure::Machine(message)) => {
            terminal.error(&message, None);
            MACHINE_FAILED
        }
    };
    code.into()
}
