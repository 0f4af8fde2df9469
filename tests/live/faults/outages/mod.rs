//! The APIs go away for a while under an operator with work to do. The same process carries on: it does not hammer at the
//! door, says nothing of its objects that is not so, and afterwards does what it was asked to.

mod eks;
mod kubernetes;
mod scene;
mod traffic;
