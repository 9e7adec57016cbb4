import '../ui/base.css';
import './table.css';
import { mountPanel } from '../ui/mount.tsx';
import { TableApp } from './app.tsx';

mountPanel(TableApp);
