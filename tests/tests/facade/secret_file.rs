//! `SecretFile` keeps its promises whatever the umask, the folder, the disk or the moment at which the process is
//! killed.

mod child;
mod crashes;
mod ensure;
mod folders;
mod journals;
mod loading;
mod one_path;
mod permissions;
mod scene;
mod steps;
mod strace;
mod systems;
