"""What Microsoft Azure Attestation tells of evidence, read from it. Nothing is verified here: signatures may be wrong."""

import struct

SGX_DEBUG, TDX_DEBUG = 1 << 1, 1 << 0
TDX_BITS = {"septve_disable": 28, "protection_keys": 30, "key_locker": 31, "perfmon": 63}
TDX_FIELDS = (
    ("tee_tcb_svn", 16), ("mrseam", 48), ("mrsignerseam", 48), ("seam_attributes", 8), ("td_attributes", 8), ("xfam", 8),
    ("mrtd", 48), ("mrconfigid", 48), ("mrowner", 48), ("mrownerconfig", 48), ("rtmr0", 48), ("rtmr1", 48), ("rtmr2", 48),
    ("rtmr3", 48), ("report_data", 64))


def sgx(quote):
    """(claims, report data, configuration id) of a quote of version 3; a ValueError for anything else."""
    if len(quote) < 436 + 576 or struct.unpack_from("<HHI", quote) != (3, 2, 0):
        raise ValueError("OE_INVALID_PARAMETER")
    body = quote[48:432]
    (authentication_size,) = struct.unpack_from("<H", quote, 436 + 576)
    certification = 436 + 576 + 2 + authentication_size
    if len(quote) < certification + 6 or struct.unpack_from("<H", quote, certification) != (5,):
        raise ValueError("OE_MISSING_CERTIFICATE_CHAIN")
    product, version = struct.unpack_from("<HH", body, 256)
    (flags,) = struct.unpack_from("<Q", body, 48)
    return {
        "x-ms-sgx-is-debuggable": bool(flags & SGX_DEBUG), "x-ms-sgx-mrenclave": body[64:96].hex(),
        "x-ms-sgx-mrsigner": body[128:160].hex(), "x-ms-sgx-product-id": product, "x-ms-sgx-svn": version,
        "x-ms-sgx-report-data": body[320:384].hex(),
    }, body[320:384], body[192:256]


def tdx(quote):
    """The same of a TD quote of version 4."""
    if len(quote) < 632 or struct.unpack_from("<HHI", quote) != (4, 2, 0x81):
        raise ValueError("the quote is not a TDX quote of version 4")
    fields, offset = {}, 48
    for name, size in TDX_FIELDS:
        fields[name], offset = quote[offset:offset + size], offset + size
    attributes = int.from_bytes(fields["td_attributes"], "little")
    debug = bool(attributes & TDX_DEBUG)
    claims = {f"tdx_{name}": value.hex() for name, value in fields.items()}
    claims |= {f"tdx_td_attributes_{name}": bool(attributes >> bit & 1) for name, bit in TDX_BITS.items()}
    claims |= {
        "tdx_td_attributes_debug": debug, "tdx_seamsvn": fields["tee_tcb_svn"][0], "attester_tcb_status": "UpToDate",
        "dbgstat": "enabled" if debug else "disabled", "eat_profile": "https://aka.ms/maa-eat-profile-tdxvm", "intuse": "generic",
        "x-ms-compliance-status": "azure-compliant-cvm",
    }
    return claims, fields["report_data"], fields["mrconfigid"]


def snp(report):
    """The same of a SEV-SNP report, with the TCB bytes as before Turin."""
    if len(report) < 1184 or struct.unpack_from("<I", report)[0] not in (2, 3, 5):
        raise ValueError("the report is not a SEV-SNP report")
    guest, policy = struct.unpack_from("<IQ", report, 4)
    tcb = report[0x180:0x188]
    claims = {
        "authorkeydigest": report[0x110:0x140].hex(), "bootloader-svn": tcb[0], "familyId": report[0x10:0x20].hex(), "guestsvn": guest,
        "hostdata": report[0xC0:0xE0].hex(), "idkeydigest": report[0xE0:0x110].hex(), "imageId": report[0x20:0x30].hex(),
        "is-debuggable": bool(policy >> 19 & 1), "launchmeasurement": report[0x90:0xC0].hex(), "microcode-svn": tcb[7],
        "migration-allowed": bool(policy >> 18 & 1), "reportdata": report[0x50:0x90].hex(), "reportid": report[0x140:0x160].hex(),
        "smt-allowed": bool(policy >> 16 & 1), "snpfw-svn": tcb[6], "tee-svn": tcb[1], "vmpl": struct.unpack_from("<I", report, 0x30)[0],
    }
    return {f"x-ms-sevsnpvm-{name}": value for name, value in claims.items()}, report[0x50:0x90], report[0xC0:0xE0]
