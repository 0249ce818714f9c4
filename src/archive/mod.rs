//! Archives of strangers: zip, tar and tar.gz, read without harm.
//!
//! [`unpack`] shows every file of an archive to its caller; [`unpack_into`] writes them below an empty directory,
//! [`unpack_in_memory`] keeps them. Nothing is followed and nothing is special: an archive that holds a link, a device, an
//! absolute name, a `..` or the same name twice, or more than its [`Caps`] allow, is refused as a whole, with the reason.
//!
//! It uses no other room. Invariant: nothing is written but by `unpack_into`, and only regular files and directories that it
//! made itself, below its directory; the memory used is bounded by the caps, whatever the archive claims about itself.
#![forbid(unsafe_code)]

mod caps;
mod error;
mod name;
mod tarball;
mod unpack;
mod zipfile;

pub use caps::Caps;
pub use error::ArchiveError;
pub use name::EntryName;
pub use unpack::{Format, temporary_directory, unpack, unpack_in_memory, unpack_into};

#[cfg(test)]
mod tests;
