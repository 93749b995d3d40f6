#include <gmock/gmock.h>

#include "enclave/synthetic_libpal.hpp"
#include "program.hpp"
#include "sconectl/enclave/measurement.hpp"
#include "sconectl/enclave/sigstruct.hpp"

namespace sconectl::cli {
namespace {

using test::Program;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string app = "/gramine/app_files/entrypoint";

/// An image in the making.
struct MeasuringProgram : Program {
  MeasuringProgram() {
    auto& files = machine.files;
    for (const char* directory : {"/usr/bin", "/usr/lib/x86_64-linux-gnu/gramine/sgx", "/app",
                                  "/gramine/app_files", "/proc", "/etc"})
      files.make_directories(directory, 0755);
    files.put("/usr/bin/gramine-sgx", "echo \"Gramine 1.9 (x)\"\n", 0755);
    files.put("/usr/lib/x86_64-linux-gnu/gramine/sgx/libpal.so", test::synthetic_libpal());
    files.put("/usr/lib/x86_64-linux-gnu/gramine/libsysdb.so", "LibOS");
    files.put("/app/run", "#!/bin/sh\n", 0755);
    files.put("/etc/hosts", "127.0.0.1 here");
    files.put("/proc/version", "Linux");
    files.put(app + ".manifest",
              "fs.start_dir = \"/app\"\n"
              "libos.entrypoint = \"/gramine/app_files/run\"\n"
              "loader.entrypoint.uri = \"file:/usr/lib/x86_64-linux-gnu/gramine/libsysdb.so\"\n"
              "loader.env.PATH = \"/usr/bin:/app\"\n");
  }
  int measure(const std::string& program) {
    return run({"signer", "measure", app + ".manifest", "--whole-image", "--program", program});
  }
  [[nodiscard]] std::string file(const std::string& path) const {
    return machine.files.read(path, host::Files::no_limit);
  }
};

TEST(SignerMeasure, EV062_completes_the_manifest_links_the_program_and_measures) {
  MeasuringProgram program;
  ASSERT_EQ(program.measure("run"), 0) << program.err;
  const std::string manifest = program.file(app + ".manifest.sgx");
  EXPECT_EQ(program.file(app + ".manifest"), manifest);
  EXPECT_THAT(manifest, AllOf(HasSubstr("file:/app/run\""), Not(HasSubstr("/etc/hosts\"")),
                              Not(HasSubstr("/proc")), Not(HasSubstr("app_files/entrypoint"))));
  EXPECT_EQ(program.machine.files.read_link("/gramine/app_files/run"), "/app/run");
  const auto sigstruct = enclave::parse_sigstruct(program.file(app + ".sig"));
  EXPECT_TRUE(enclave::is_unsigned(sigstruct));
  EXPECT_EQ(sigstruct.statement.date, 0U);
  EXPECT_EQ(sigstruct.statement.mr_enclave,
            enclave::mr_enclave({}, manifest, test::synthetic_libpal(), "1.9"));
  // Again, on what the first run left: the same.
  ASSERT_EQ(program.measure("run"), 0) << program.err;
  EXPECT_EQ(program.file(app + ".manifest.sgx"), manifest);
}

TEST(SignerMeasure, EV061_a_program_that_can_not_be_started_writes_nothing) {
  for (const char* name : {"runn", "/etc/hosts", "/app"}) {
    MeasuringProgram program;
    EXPECT_EQ(program.measure(name), 3);
    EXPECT_THAT(program.err, HasSubstr("the program"));
    EXPECT_FALSE(program.machine.files.exists(app + ".manifest.sgx"));
    EXPECT_FALSE(program.machine.files.exists(app + ".sig"));
  }
}

TEST(SignerMeasure, EV052_another_gramine_writes_nothing) {
  MeasuringProgram program;
  program.machine.files.put("/usr/bin/gramine-sgx", "echo \"Gramine 2.0 (x)\"\n", 0755);
  EXPECT_EQ(program.measure("run"), 1);
  EXPECT_THAT(program.err, HasSubstr("Gramine '2.0'"));
  EXPECT_FALSE(program.machine.files.exists(app + ".manifest.sgx"));
}

}  // namespace
}  // namespace sconectl::cli
