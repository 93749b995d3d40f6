#include "casd/log/logger.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>

#include "casd/log/rate_limited_sink.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

spdlog::sink_ptr file_sink(const LogOptions& options) {
  spdlog::file_event_handlers events;
  events.after_open = [](const spdlog::filename_t&, std::FILE* file) {
    (void)fchmod(fileno(file), S_IRUSR | S_IWUSR);
  };
  try {
    // spdlog counts the files beside the one that is written.
    return std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
        options.file.string(), options.file_bytes, options.files - 1, false, events);
  } catch (const spdlog::spdlog_ex& error) {
    throw diag::Error(diag::ErrorKind::failed, "can not write the log " + options.file.string(),
                      {error.what()});
  }
}

spdlog::sink_ptr sink_of(const LogOptions& options) {
  return options.file.empty() ? std::make_shared<spdlog::sinks::stderr_sink_mt>()
                              : file_sink(options);
}

spdlog::level::level_enum level_of(const LogOptions& options) {
  if (options.details) return spdlog::level::debug;
  switch (options.level) {
    case cas::LogLevel::error:
      return spdlog::level::err;
    case cas::LogLevel::warn:
      return spdlog::level::warn;
    case cas::LogLevel::info:
      return spdlog::level::info;
    case cas::LogLevel::debug:
      return spdlog::level::debug;
  }
  return spdlog::level::info;
}

}  // namespace

std::shared_ptr<spdlog::logger> make_logger(const LogOptions& options) {
  auto sink = sink_of(options);
  auto logger = std::make_shared<spdlog::logger>(
      "cas", std::make_shared<RateLimitedSink>(std::move(sink), options.lines_per_second));
  logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      "%Y-%m-%dT%H:%M:%SZ %l %v", spdlog::pattern_time_type::utc));
  logger->set_level(level_of(options));
  logger->flush_on(spdlog::level::trace);
  logger->set_error_handler([](const std::string&) {});
  return logger;
}

void reopen_log(spdlog::logger& logger, const LogOptions& options) {
  dynamic_cast<RateLimitedSink&>(*logger.sinks().front()).replace(sink_of(options));
  logger.set_level(level_of(options));
}

std::shared_ptr<spdlog::logger> silent_logger() {
  auto logger = std::make_shared<spdlog::logger>("silent");
  logger->set_level(spdlog::level::off);
  return logger;
}

}  // namespace sconectl::casd
