//! `SecretFile` keeps its promises whatever the umask, the folder, the disk or the moment at which the process is
//! killed.

mod child;
mod concurrent_attempts;
mod crashes;
mod ensure;
mod file_systems;
mod folders;
mod journals;
mod loading;
mod permissions;
mod scene;
mod steps;
mod strace;
