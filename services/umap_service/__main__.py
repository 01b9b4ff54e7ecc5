"""The command line: ``python -m services.umap_service fit | place | worker``.

The worker's own process computes nothing, and the others need no queue: each imports only what it uses.
"""

import sys


def main(arguments: list[str]) -> int:
    if arguments == ["worker"]:
        from services.umap_service import worker

        worker.main()
        return 0
    from services.umap_service import command_line

    return command_line.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
