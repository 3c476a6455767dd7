"""The MovieLens data sets that can be loaded by name, and what their licences ask for."""

from dataclasses import dataclass

HOME = "https://grouplens.org/datasets/movielens/"
_FILES = "https://files.grouplens.org/datasets/movielens"

_RESEARCH = (
    "For research. Commercial or revenue-bearing use only with permission of a faculty member"
    " of the GroupLens Research Project at the University of Minnesota."
)
_NO_ENDORSEMENT = (
    "Do not state or imply that the University of Minnesota or the GroupLens Research Group"
    " endorses you."
)
_ACKNOWLEDGEMENT = (
    "Acknowledge the data set in publications that result from its use: Harper and Konstan 2015,"
    " The MovieLens Datasets, https://doi.org/10.1145/2827872."
)
_NO_GUARANTEE = (
    "No guarantee of correctness, of suitability for a purpose or of the validity of results."
)
_ONLY_WITH_PERMISSION = "Do not redistribute the data without separate permission."
_UNDER_THE_SAME_CONDITIONS = (
    "Redistribute the data, transformed or not, only under these same licence conditions."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSet:
    """A published data set; `archive_bytes` is what its ZIP had when this was written.

    `redistribution` is the licence's clause on it. It is where the sets differ: ml-1m and
    ml-25m forbid what ml-latest-small and ml-32m allow (their READMEs, section Usage License).
    """

    key: str
    name: str
    archive_bytes: int
    contents: str
    redistribution: str
    licence_url: str
    has_links: bool = True

    @property
    def archive(self) -> str:
        return f"{self.name}.zip"

    @property
    def conditions(self) -> tuple[str, ...]:
        """The usage licence in short; the text at `licence_url` is the one that counts."""
        return (_RESEARCH, _NO_ENDORSEMENT, _ACKNOWLEDGEMENT, self.redistribution, _NO_GUARANTEE)


DATA_SETS = {
    data_set.key: data_set
    for data_set in (
        DataSet(
            key="small",
            name="ml-latest-small",
            archive_bytes=978_202,
            contents="some 100,000 ratings of 9,700 films by 600 users",
            redistribution=_UNDER_THE_SAME_CONDITIONS,
            licence_url=f"{_FILES}/ml-latest-small-README.html",
        ),
        DataSet(
            key="1m",
            name="ml-1m",
            archive_bytes=5_917_549,
            contents="1 million ratings of 3,900 films by 6,000 users",
            redistribution=_ONLY_WITH_PERMISSION,
            licence_url=f"{_FILES}/ml-1m-README.txt",
            has_links=False,
        ),
        DataSet(
            key="25m",
            name="ml-25m",
            archive_bytes=261_978_986,
            contents="25 million ratings of 62,000 films by 163,000 users",
            redistribution=_ONLY_WITH_PERMISSION,
            licence_url=f"{_FILES}/ml-25m-README.html",
        ),
        DataSet(
            key="32m",
            name="ml-32m",
            archive_bytes=238_950_008,
            contents="32 million ratings of 88,000 films by 201,000 users",
            redistribution=_UNDER_THE_SAME_CONDITIONS,
            licence_url=f"{_FILES}/ml-32m-README.html",
        ),
    )
}
