"""The bill of materials in CycloneDX's form, checked against its schema."""

import sys

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.factory.license import LicenseFactory
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

LICENSES = LicenseFactory()
# Older manifests write `MIT/Apache-2.0` for what is an expression of SPDX now.
OLD_OR = "/"


def component(crate):
    """One crate."""
    if crate.is_ours:
        kind = ComponentType.APPLICATION if crate.is_function else ComponentType.LIBRARY
        return Component(name=crate.name, version=crate.version, type=kind, bom_ref=crate.name)
    url = PackageURL(type="cargo", name=crate.name, version=crate.version)
    license = LICENSES.make_with_expression(crate.license.replace(OLD_OR, " OR "))
    return Component(
        name=crate.name, version=crate.version, type=ComponentType.LIBRARY, purl=url, bom_ref=str(url),
        licenses=[license], hashes=[HashType(alg=HashAlgorithm.SHA_256, content=crate.sha256)],
    )


def of(linked, commit):
    """The bill, as text."""
    bom = Bom()
    whole = Component(name="chat", version=commit[:12], type=ComponentType.APPLICATION, bom_ref="chat")
    whole.properties.add(Property(name="chat:commit", value=commit))
    bom.metadata.component = whole
    components = {crate.key: component(crate) for crate in linked}
    for crate in linked:
        bom.components.add(components[crate.key])
        bom.register_dependency(components[crate.key], [components[need] for need in crate.needs])
    bom.register_dependency(whole, [components[crate.key] for crate in linked if crate.is_function])
    text = JsonV1Dot6(bom).output_as_string(indent=2)
    if trouble := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        sys.exit(f"error: the bill does not fit CycloneDX's schema: {trouble}")
    return text + "\n"
