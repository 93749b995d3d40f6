#include "cli/exit_status.hpp"

namespace sconectl::cli {

int exit_status(diag::ErrorKind kind) {
  using diag::ErrorKind;
  switch (kind) {
    case ErrorKind::failed:
    case ErrorKind::refused:
    case ErrorKind::unauthenticated:
    case ErrorKind::not_found:
    case ErrorKind::conflict:
    case ErrorKind::unsupported:
      return 1;
    case ErrorKind::usage:
      return 2;
    case ErrorKind::invalid:
      return 3;
    case ErrorKind::unavailable:
    case ErrorKind::too_many:
      return 4;
    case ErrorKind::interrupted:
      return 130;
  }
  return 1;
}

}  // namespace sconectl::cli
