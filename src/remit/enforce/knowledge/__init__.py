"""Knowledge: who may read what, which documents are meant, and how what is found is ranked."""
