from service.api.fields import *
from service.api.fields import Body, Name, Prose, Id, refusing
