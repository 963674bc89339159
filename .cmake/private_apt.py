"""An apt beside the system's: downloads Debian packages, also of another architecture; what is installed stays."""
import os
import re
import subprocess


class Unavailable(Exception):
    """The packages can't be had here."""


def run(*command, cwd=None, **options):
    done = subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").split("\n")[-1]
        raise Unavailable(f"{' '.join(str(c) for c in command[:3])}: {last}")
    return done.stdout


class Apt:
    """An apt of its own: its state lies in the folder, its sources are those of the system."""

    def __init__(self, folder, architecture="amd64"):
        self.folder = folder
        for name in ("state/lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "state" / "status").touch()
        config = folder / "apt.conf"
        config.write_text(f'Dir::State "{folder}/state";\nDir::State::status "{folder}/state/status";\n'
                          f'Dir::Cache "{folder}/cache";\nAPT::Sandbox::User "root";\n'
                          f'APT::Architecture "{architecture}";\nAPT::Architectures {{"{architecture}";}};\n')
        self.environment = {**os.environ, "APT_CONFIG": str(config), "LC_ALL": "C"}

    def update(self):
        """One of several sources may be out of order and not be needed: the download tells."""
        subprocess.run(["apt-get", "update", "-q"], env=self.environment, capture_output=True, check=False)

    def depends(self, package):
        return re.findall(r"^  Depends: (\S+)$", run("apt-cache", "depends", package, env=self.environment), re.M)

    def fetch(self, packages):
        """Downloads them; a file that is there already isn't fetched again."""
        run("apt-get", "download", "-q", *packages, cwd=self.folder, env=self.environment)
        return [max(self.folder.glob(f"{package}_*.deb"), key=lambda f: f.stat().st_mtime) for package in packages]
