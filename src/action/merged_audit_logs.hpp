// The audit logs that CASes of one database have written, as the one log that they are.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

namespace sconectl::action {

/// Hands out the lines of all files, each with its end, in the order of their transactions; in
/// bounded memory, as each file has this order already. Of two transactions with one number, of
/// which one has failed, the older comes first, as in a single log. What is no line of an audit
/// log comes where it stands in its file. Throws Error{unavailable} for a file that can not be
/// read, Error{invalid} for one with a line that is too long for a log.
void merge_audit_logs(const std::vector<std::filesystem::path>& files,
                      const std::function<void(std::string_view)>& take);

}  // namespace sconectl::action
