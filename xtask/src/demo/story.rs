//! The story, told through the API alone.

use super::teller::Teller;
use crate::stack::Description;

/// Plays all of it.
pub(crate) fn tell(stack: &Description, teller: &mut Teller) -> anyhow::Result<()> {
    teller.step("The stack stands");
    teller.check("functions", stack.functions.len(), 4);
    teller.show("table", &stack.table);
    Ok(())
}
