//! Text that is not YAML, in words.

use super::{ErrorKind, Position, Problem, ScanError};

/// What helps where the text is to become YAML only by another program.
pub(super) const TEMPLATE: &str = "is this a template? render it first (as `helm template` does), or quote a text that begins with `{{`";

/// Whether a tab stands where none may be.
pub(super) fn is_about_tab(error: &ScanError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabAtBlockScalarStart
    )
}

/// What to report for an error of the parser at `at`.
pub(super) fn problem(error: &ScanError, at: Position) -> Problem {
    let kind = error.kind();
    if is_about_tab(error) {
        let message = "a tab is used for indentation";
        return Problem::error(at, "", message).with_hint("indent with spaces");
    }
    if *kind == ErrorKind::UnknownAnchor {
        let message = "this alias refers to an anchor that is not defined before it";
        return Problem::error(at, "", message);
    }
    // The kinds are many and grow with the parser; its own words do for the rest.
    let message = format!("this is not valid YAML: {}", error.info());
    let problem = Problem::error(at, "", message);
    if *kind == ErrorKind::MappingValueNotAllowed {
        return problem.with_hint("indent it as its neighbors, or quote a text that holds `: `");
    }
    let is_open = matches!(
        kind,
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator
    );
    if is_open {
        return problem.with_hint("is a bracket before it left open, or a comma missing?");
    }
    if let ErrorKind::UnexpectedCharacter {
        character: '@' | '`' | '%',
    } = kind
    {
        return problem.with_hint("quote a text that begins with this character");
    }
    problem
}
