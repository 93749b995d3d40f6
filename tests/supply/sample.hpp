// An image with a package of every type, as PackageReader and a build would give it.
#pragma once

#include "sconectl/supply/bom.hpp"
#include "sconectl/supply/packages.hpp"

namespace sconectl::supply {

inline const std::string sample_digest = "sha256:" + std::string(64, 'a');

inline Bom sample_bom() {
  PackageReader reader;
  reader.see("etc/os-release",
             "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\n");
  reader.see("var/lib/dpkg/status",
             "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\n"
             "Maintainer: GNU Libc Maintainers <glibc@lists.debian.org>\n"
             "Source: glibc\nVersion: 2.36-9+deb12u4\n\n"
             "Package: perl-base\nStatus: install ok installed\nArchitecture: amd64\n"
             "Version: 1:5.36.0~rc1-7\n\n");
  reader.see("lib/apk/db/installed", "P:busybox\nV:1.36.1-r5\nA:x86_64\nL:GPL-2.0-only\n\n");
  reader.see("usr/lib/python3/dist-packages/Flask_Thing.egg-info",
             "Name: Flask_Thing\nVersion: 2.3.2\nLicense: Own words, \"quoted\"\n"
             "Author: J\xC3\xB6rg \xE2\x9C\x93\nAuthor-email: a@b.example, c@d.example\n");
  reader.see(
      "app/node_modules/@angular/core/package.json",
      R"j({"name": "@angular/core", "version": "12.3.1", "license": "(MIT OR Apache-2.0)"})j");
  reader.see("app/META-INF/maven/org.example/tool/pom.properties",
             "groupId=org.example\nartifactId=tool\nversion=1.2\n");
  Inventory inventory = reader.finish();
  Package application;
  application.name = "application";
  application.version = "1";
  application.sha256 = std::string(64, 'b');
  application.purl = purl(application, inventory.distribution);
  inventory.packages.push_back(application);
  return {.image = "registry.local:5000/team/app:1",
          .digest = sample_digest,
          .supplier = "Example Ltd",
          .distribution = inventory.distribution,
          .packages = inventory.packages,
          .created = std::chrono::sys_seconds(std::chrono::seconds(1'700'000'000)),
          .tool_version = "0.1.0"};
}

}  // namespace sconectl::supply
