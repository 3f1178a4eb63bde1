//! iop
